/** Errors of the network and of what answers in it, row by row. */
import { host } from "./host_rows.ts";
import { but, DIRECT, RELAY_AGENT, type Row } from "./rows.ts";

const from = (fault: string) => ({
  args: [...DIRECT, `--base-url=http://10.0.1.5:8080/${fault}`],
});

export const NETWORK_ROWS: readonly Row[] = [
  host(
    "a name that nobody knows",
    "E220",
    6,
    "cannot resolve no.invalid (DNS)",
    "no.invalid 을(를) 찾을 수 없습니다",
    "--proxy=URL",
    { args: but(DIRECT, "--remote-write-url=https://no.invalid/api/v1/write") },
  ),
  host(
    "a closed port",
    "E220",
    6,
    "cannot connect to 10.0.1.5:8999",
    "10.0.1.5:8999 에 연결할 수 없습니다",
    "look at host, port and path of the URL",
    {
      args: but(DIRECT, "--remote-write-url=http://10.0.1.5:8999/api/v1/write"),
    },
  ),
  host(
    "a path that the receiver does not have",
    "E220",
    6,
    "http://10.0.1.5:8080/missing/api/v1/write answered with status 404",
    "http://10.0.1.5:8080/missing/api/v1/write 이(가) 404 로 답했습니다",
    "look at host, port and path of the URL",
    {
      args: but(
        DIRECT,
        "--remote-write-url=http://10.0.1.5:8080/missing/api/v1/write",
      ),
    },
  ),
  host(
    "a receiver without TLS",
    "E220",
    6,
    "the certificate of 10.0.1.5 is not trusted (TLS)",
    "10.0.1.5 의 인증서를 믿을 수 없습니다",
    "--ca-file=PEM",
    {
      args: but(
        DIRECT,
        "--remote-write-url=https://10.0.1.5:8080/api/v1/write",
      ),
    },
  ),
  host(
    "a wrong token",
    "E220",
    6,
    "http://10.0.1.5:8080/deny/api/v1/write refuses this token (401)",
    "http://10.0.1.5:8080/deny/api/v1/write 이(가) 이 토큰을",
    "ask the operator of the centre for the token",
    {
      args: [
        ...but(
          DIRECT,
          "--remote-write-url=http://10.0.1.5:8080/deny/api/v1/write",
        ),
        "--token=abc",
      ],
    },
  ),
  host(
    "a mirror that does not have it",
    "E220",
    6,
    "http://10.0.1.5:8080/missing/msp-agent-1.4.2-linux-",
    "http://10.0.1.5:8080/missing/msp-agent-1.4.2-linux-",
    "--base-url=URL",
    from("missing"),
  ),
  host(
    "a mirror that refuses",
    "E220",
    6,
    "http://10.0.1.5:8080/forbidden/msp-agent-1.4.2-linux-",
    "http://10.0.1.5:8080/forbidden/msp-agent-1.4.2-linux-",
    "--base-url=URL",
    from("forbidden"),
  ),
  host(
    "a proxy that wants a login",
    "E220",
    6,
    "the proxy wants a login (407)",
    "프록시가 로그인을 요구합니다",
    "--proxy=http://NAME:PASSWORD@HOST:PORT",
    from("login"),
  ),
  host(
    "a web page instead of the program",
    "E221",
    7,
    "got a web page or text instead of the program from http://10.0.1.5:8080/html/",
    "http://10.0.1.5:8080/html/",
    "--offline=BUNDLE",
    from("html"),
  ),
  host(
    "a program that is not the one",
    "E222",
    7,
    "http://10.0.1.5:8080/wrong/msp-agent-1.4.2",
    "http://10.0.1.5:8080/wrong/msp-agent-1.4.2",
    "stop and tell the operator",
    from("wrong"),
  ),
  host(
    "a download that is cut off",
    "E223",
    6,
    "the download of http://10.0.1.5:8080/cut/",
    "http://10.0.1.5:8080/cut/",
    "steadier line",
    from("cut"),
  ),
  host(
    "a name that another server has",
    "E242",
    9,
    'server-name "web-taken" of customer kt is already reporting',
    '고객 kt 의 server-name "web-taken"',
    "--replace-server",
    { args: but(RELAY_AGENT, "--server-name=web-taken") },
  ),
  host(
    "a wrong clock",
    "E248",
    9,
    "this machine's clock is 36",
    "이 서버의 시계가 10.0.1.5 와",
    "timedatectl set-ntp true",
    {
      args: but(
        DIRECT,
        "--remote-write-url=http://10.0.1.5:8080/late/api/v1/write",
      ),
    },
  ),
  host(
    "a receiver that drops",
    "E302",
    11,
    "the service runs, delivery is not confirmed: accepted, but it cannot be read back",
    "서비스는 실행 중이지만 전달이 확인되지 않았습니다: 받았다고 답했지만 저장이 확인되지 않습니다 (accepted,",
    "Ask the operator",
    { files: { "/stub/mute/all": "" } },
  ),
];
