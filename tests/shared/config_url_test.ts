import {
  centralUrl,
  judgePlainHttp,
  plainReach,
  relayUrl,
} from "../../shared/config_url.ts";
import { assertEquals } from "../support/assert.ts";

const CENTRE = "https://metrics.example/api/v1/write";
const RELAY = "http://10.0.1.5:9999/api/v1/metrics/write";

const ACCEPTED: [
  name: string,
  kind: typeof centralUrl,
  text: string,
  value: string,
][] = [
  ["the centre", centralUrl, CENTRE, CENTRE],
  [
    "the centre with a port",
    centralUrl,
    "https://m.example:8443/api/v1/write",
    "https://m.example:8443/api/v1/write",
  ],
  [
    "a path before the fixed one",
    centralUrl,
    "https://m.example/vm/api/v1/write",
    "https://m.example/vm/api/v1/write",
  ],
  [
    "capital letters",
    centralUrl,
    "HTTPS://M.Example/api/v1/write",
    "https://m.example/api/v1/write",
  ],
  [
    "an IPv6 address",
    centralUrl,
    "http://[fd00::1]:8880/api/v1/write",
    "http://[fd00::1]:8880/api/v1/write",
  ],
  ["a relay", relayUrl, RELAY, RELAY],
  ["a relay without a path", relayUrl, "http://10.0.1.5:9999", RELAY],
  ["a relay with only a slash", relayUrl, "http://10.0.1.5:9999/", RELAY],
  [
    "a relay on its scheme's own port",
    relayUrl,
    "https://relay.example:443",
    "https://relay.example/api/v1/metrics/write",
  ],
];
for (const [name, kind, text, value] of ACCEPTED) {
  Deno.test(`pushUrl() takes ${name}`, () => {
    assertEquals(kind.parse(text), { ok: true, value });
  });
}

const REJECTED: [
  kind: typeof centralUrl,
  text: string,
  what: string,
  hint: string,
][] = [
  [
    centralUrl,
    "grafana.example",
    "has no http:// or https://",
    "write https://grafana.example/api/v1/write",
  ],
  [
    centralUrl,
    "grafana.example:8880/x",
    "has no http:// or https://",
    "write https://grafana.example:8880/api/v1/write",
  ],
  [relayUrl, "10.0.1.5", "has no http:// or https://", `write ${RELAY}`],
  [
    centralUrl,
    "ftp://m.example/api/v1/write",
    'has the scheme "ftp"',
    "write https://m.example/api/v1/write",
  ],
  [
    centralUrl,
    "https://m.example",
    "has no path",
    "did you mean https://m.example/api/v1/write?",
  ],
  [
    centralUrl,
    "https://m.example/write",
    'ends in "/write"',
    "write https://m.example/api/v1/write",
  ],
  [
    centralUrl,
    "https://m.example/api/v1/write/",
    'ends in "/api/v1/write/"',
    "write https://m.example/api/v1/write",
  ],
  [
    centralUrl,
    "http://10.0.1.5:9999/api/v1/metrics/write",
    "has the path of a relay",
    "write http://10.0.1.5:9999/api/v1/write, or give it as --relay-url with --mode=relay-agent",
  ],
  [
    relayUrl,
    "http://10.0.1.5:9999/api/v1/write",
    "has the path of the centre",
    `write ${RELAY}, or give it as --remote-write-url with --mode=direct`,
  ],
  [
    relayUrl,
    "http://10.0.1.5/api/v1/metrics/write",
    "has no port",
    `write ${RELAY}`,
  ],
  [
    relayUrl,
    "http://10.0.1.5:9999/metrics",
    'ends in "/metrics"',
    `write ${RELAY}`,
  ],
  [
    relayUrl,
    "http://<relay IP>:9999",
    'still holds a placeholder: "<relay IP>"',
    "put the relay's internal IP, for example 10.0.1.5",
  ],
  [
    centralUrl,
    "https://[중앙서버IP]/api/v1/write",
    'still holds a placeholder: "[중앙서버IP]"',
    "put the centre's host name, for example metrics.example",
  ],
  [
    centralUrl,
    "https://${CENTRAL}/api/v1/write",
    'still holds a placeholder: "${CENTRAL}"',
    "put the centre's host name, for example metrics.example",
  ],
  [centralUrl, "https://m.example /api/v1/write", "holds a space", "remove it"],
  [
    centralUrl,
    "https://u:p@m.example/api/v1/write",
    "holds a user name or password",
    "remove it and give a token with --token-file",
  ],
  [
    centralUrl,
    "https://m.example/api/v1/write?a=b",
    "holds a query",
    'remove it from the "?" on',
  ],
  [
    centralUrl,
    "https://m.example/api/v1/write#a",
    "holds a fragment",
    'remove it from the "#" on',
  ],
  [
    centralUrl,
    "https://m.example\\api/v1/write",
    "holds a backslash",
    "write / instead",
  ],
  [
    centralUrl,
    "https://m.example./api/v1/write",
    "has a host name that ends in a dot",
    "remove the dot",
  ],
  [
    centralUrl,
    "https://서버.example/api/v1/write",
    "has a host name that is not ASCII",
    "write the host name in its xn-- form or its address",
  ],
  [
    centralUrl,
    "https:///api/v1/write",
    "names no host",
    `for example ${CENTRE}`,
  ],
  [
    centralUrl,
    "https://m.example:0/api/v1/write",
    'has the port "0"',
    "a port is a number from 1 to 65535",
  ],
  [
    centralUrl,
    "https://m.example:65536/api/v1/write",
    'has the port "65536"',
    "a port is a number from 1 to 65535",
  ],
  [
    centralUrl,
    "https://m.example:/api/v1/write",
    'has the port ""',
    "a port is a number from 1 to 65535",
  ],
  [
    centralUrl,
    "https://m.example:x/api/v1/write",
    'has the port "x"',
    "a port is a number from 1 to 65535",
  ],
  [
    centralUrl,
    "https://1.2.3.256/api/v1/write",
    'has the host "1.2.3.256"',
    `for example ${CENTRE}`,
  ],
];
for (const [kind, text, what, hint] of REJECTED) {
  Deno.test(`pushUrl() refuses ${kind === relayUrl ? "relay" : "centre"} ${text}`, () => {
    assertEquals(kind.parse(text), { ok: false, what, hint });
  });
}

const REACHES: Record<string, string> = {
  "https://203.0.113.7/": "none",
  "http://127.0.0.1:9999/": "loopback",
  "http://127.9.9.9/": "loopback",
  "http://localhost:9999/": "loopback",
  "http://[::1]:9999/": "loopback",
  "http://10.255.0.1/": "private",
  "http://172.16.0.1/": "private",
  "http://172.31.255.255/": "private",
  "http://172.32.0.1/": "public",
  "http://192.168.1.1/": "private",
  "http://192.169.1.1/": "public",
  "http://100.64.0.1/": "private",
  "http://100.128.0.1/": "public",
  "http://[fd12::1]/": "private",
  "http://[fc00::1]/": "private",
  "http://[fe80::1]/": "public",
  "http://[fc::1]/": "public",
  "http://0x0a.1/": "private",
  "http://[2001:db8::1]/": "public",
  "http://203.0.113.7/": "public",
  "http://relay.internal:9999/": "public",
  "http://10.example/": "public",
  "http://10.0.0.1.example/": "public",
};
for (const [url, reach] of Object.entries(REACHES)) {
  Deno.test(`plainReach() says ${reach} for ${url}`, () => {
    assertEquals(plainReach(url), reach);
  });
}

Deno.test("judgePlainHttp() is silent about https and loopback", () => {
  const given = { hasToken: true, insecureHttp: false };

  assertEquals(judgePlainHttp(CENTRE, given), {});
  assertEquals(judgePlainHttp("http://127.0.0.1:9999/", given), {});
});

Deno.test("judgePlainHttp() warns on a private network and names the token", () => {
  assertEquals(
    judgePlainHttp(RELAY, { hasToken: true, insecureHttp: false }),
    {
      warning:
        "token and metrics travel unencrypted to 10.0.1.5 (private network)",
    },
  );
  assertEquals(
    judgePlainHttp(RELAY, { hasToken: false, insecureHttp: false }),
    { warning: "metrics travel unencrypted to 10.0.1.5 (private network)" },
  );
});

Deno.test("judgePlainHttp() refuses a public address unless it is accepted", () => {
  const url = "http://203.0.113.7/api/v1/write";

  assertEquals(judgePlainHttp(url, { hasToken: true, insecureHttp: false }), {
    problem: {
      what: "token and metrics would travel unencrypted to 203.0.113.7",
      hint: "use https://, or add --insecure-http if this is accepted",
    },
  });
  assertEquals(judgePlainHttp(url, { hasToken: false, insecureHttp: true }), {
    warning: "metrics travel unencrypted to 203.0.113.7",
  });
});
