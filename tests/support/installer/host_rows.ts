/** Errors of the host, row by row. */
import { but, DIRECT, RELAY_AGENT, RELAY_SERVER, type Row } from "./rows.ts";

/** What was wrong, and the error in English and Korean. */
export const host = (
  what: string,
  id: string,
  code: number,
  en: string,
  ko: string,
  fix: string,
  extra: Partial<Row> = {},
): Row => ({ what, id, code, args: DIRECT, en, ko, fix, ...extra });

/** A command of the host that says something else. */
const says = (command: string, body: string) => ({
  before:
    `printf '#!/bin/sh\\n%s\\n' '${body}' >/usr/local/sbin/${command} && ` +
    `chmod 755 /usr/local/sbin/${command}`,
});

const installed = {
  "/etc/msp-agent/agent.env":
    "# Written by install.sh\nMSP_MODE=relay-agent\n" +
    "MSP_CUSTOMER_ID=kt\nMSP_SERVER_NAME=web-01\n",
  "/etc/systemd/system/msp-agent.service": "",
};

export const HOST_ROWS: readonly Row[] = [
  host(
    "a command of the system that fails",
    "E000",
    1,
    'unexpected error in step "',
    "install.sh 1.4.2 의",
    "report it",
    says("uname", "exit 1"),
  ),
  host(
    "a user who is not root",
    "E201",
    3,
    "the installer needs root",
    "root 권한이 필요합니다",
    "sudo before sh",
    { user: "nobody" },
  ),
  host(
    "an old processor",
    "E202",
    4,
    "armv7l is not supported",
    "armv7l 은(는) 지원하지 않습니다",
    "amd64 (x86_64) and arm64",
    says("uname", "echo armv7l"),
  ),
  host(
    "musl",
    "E203",
    4,
    "this is Alpine/musl",
    "Alpine/musl 입니다",
    "container host",
    {
      before: `${says("getconf", "exit 1").before}; ${
        says("ldd", "exit 1").before
      }`,
    },
  ),
  host(
    "an old glibc",
    "E204",
    4,
    "glibc 2.26 found",
    "glibc 2.26",
    "--relay-only",
    says(
      "getconf",
      "if [ $1 = LONG_BIT ]; then echo 64; else echo glibc 2.26; fi",
    ),
  ),
  host(
    "no systemd",
    "E205",
    4,
    "no systemd is running here",
    "systemd 가 실행 중이 아닙니다",
    "msp-agent run",
    { before: "rmdir /run/systemd/system" },
  ),
  host(
    "a container",
    "E206",
    4,
    "running inside a container",
    "컨테이너 안입니다",
    "run on the host",
    { before: "rmdir /run/systemd/system; touch /.dockerenv" },
  ),
  host(
    "a dry run that may not read what is installed",
    "E207",
    3,
    "something is installed here, which only root may read",
    "이미 설치되어 있으며",
    "run the dry run as root",
    {
      args: [...DIRECT, "--dry-run"],
      files: installed,
      before: "chmod 600 /etc/msp-agent/agent.env",
      user: "nobody",
    },
  ),
  host(
    "no curl and no wget",
    "E210",
    5,
    "neither curl nor wget is here",
    "curl 도 wget 도 없습니다",
    "--offline=BUNDLE",
    { before: "rm -f /usr/bin/curl /usr/bin/wget" },
  ),
  host(
    "no tool for sums",
    "E211",
    5,
    "no tool for SHA-256 is here",
    "SHA-256 도구가 없습니다",
    "install coreutils",
    {
      shell: "dash",
      before:
        "rm -f /usr/bin/sha256sum /usr/bin/shasum /usr/bin/busybox /bin/busybox /usr/bin/openssl",
    },
  ),
  host(
    "a small disk",
    "E230",
    8,
    "needs 220 MB in /, ",
    "/ 에 220 MB 가 필요한데",
    "free space in /",
    { sizeBytes: 48 * 1024 ** 2 },
  ),
  host(
    "a disk without programs",
    "E231",
    8,
    "/usr/local is on a file system that is mounted noexec (/usr/local)",
    "/usr/local 은(는) noexec",
    "mount /usr/local without noexec",
    {
      before:
        "mount --bind /usr/local /usr/local && mount -o remount,bind,noexec /usr/local",
    },
  ),
  host(
    "disks that cannot be written",
    "E231",
    8,
    "/opt/msp is on a file system that is mounted ro (/opt)",
    "/opt/msp 은(는) ro",
    "mount /opt without ro",
    {
      before:
        "for d in /usr/local /opt; do mount --bind $d $d; mount -o remount,bind,ro $d; done",
    },
  ),
  host(
    "a file in the place of a folder",
    "E232",
    8,
    "could not do this: mkdir /etc/msp-agent",
    "실패했습니다: mkdir /etc/msp-agent",
    "df -h",
    { files: { "/etc/msp-agent": "" } },
  ),
  host(
    "a port that is taken",
    "E240",
    9,
    "port 9999 is used by another program",
    "포트 9999 은(는)",
    "--listen=0.0.0.0:9998",
    { args: but(RELAY_SERVER, "--listen=") },
  ),
  host(
    "the former agent",
    "E241",
    9,
    "alloy.service of the former agent is active",
    "이전 에이전트 alloy.service",
    "systemctl disable --now alloy",
    { files: { "/stub/units/alloy.active": "" } },
  ),
  host(
    "another mode than installed",
    "E243",
    9,
    "installed as relay-agent kt/web-01, asked for direct kt/web-01",
    "relay-agent kt/web-01 로 설치되어 있는데",
    "add --yes",
    { files: installed },
  ),
  host(
    "another name than installed",
    "E243",
    9,
    "installed as relay-agent kt/web-01, asked for relay-agent kt/web-02",
    "relay-agent kt/web-01 로",
    "--uninstall first",
    { files: installed, args: but(RELAY_AGENT, "--server-name=web-02") },
  ),
  host(
    "a person named msp-agent",
    "E244",
    9,
    "user msp-agent exists and is no system account (uid 1500)",
    "사용자 msp-agent 이(가) 있는데",
    "rename or remove",
    { before: "useradd -M -u 1500 msp-agent" },
  ),
  host(
    "a program of the same name",
    "E245",
    9,
    "/usr/local/bin/msp-agent exists and was not put there",
    "/usr/local/bin/msp-agent 이(가) 있는데",
    "move it away",
    { files: { "/usr/local/bin/msp-agent": "" } },
  ),
  host(
    "a second installation",
    "E246",
    9,
    "another installation is running (pid 1)",
    "다른 설치가 진행 중입니다 (pid 1)",
    "wait until it has ended",
    {
      before:
        "mkdir /run/msp-install.lock && echo 1 >/run/msp-install.lock/pid",
    },
  ),
  host(
    "an upgrade of nothing",
    "E247",
    9,
    "nothing is installed here",
    "설치되어 있지 않습니다",
    "install first",
    { args: ["--upgrade"] },
  ),
  host(
    "a purge without anybody to ask",
    "E249",
    9,
    "--purge deletes settings and unsent data",
    "--purge 는 설정과",
    "add --yes",
    {
      args: ["--uninstall", "--purge"],
      files: { "/etc/msp-agent/agent.env": "MSP_MODE=direct\n" },
    },
  ),
  host(
    "a service that does not stay up",
    "E301",
    10,
    "the service msp-agent does not stay up: exit 203: SELinux",
    "서비스 msp-agent 이(가) 계속 실행되지 못하고 종료됩니다: 종료 코드 203",
    "journalctl -u msp-agent",
    { files: { "/stub/down/msp-agent": "", "/stub/exit": "203\n" } },
  ),
  host(
    "a file that cannot be removed",
    "E305",
    14,
    "left behind: /opt/msp/libexec",
    "남은 것: /opt/msp/libexec",
    "by hand",
    {
      args: ["--uninstall"],
      before:
        "mkdir -p /opt/msp/libexec/x && mount -t tmpfs tmpfs /opt/msp/libexec/x",
    },
  ),
];
