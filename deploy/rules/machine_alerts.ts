/** Clock, start, network cards and agent of one server. */
import { type Alert, WHO } from "./alert.ts";
import { NETWORK_CARDS, PLACED_SERVER, SERVER } from "./selectors.ts";

const CLOCK =
  `abs(max by (${PLACED_SERVER}) (msp_clock_offset_seconds{program="agent"}))`;

/** A second `instance` counts once. */
const packets = (what: string) =>
  `sum by (${PLACED_SERVER}, device) (max by (${PLACED_SERVER}, device) (rate(node_network_receive_${what}_total{${NETWORK_CARDS}}[5m])) + max by (${PLACED_SERVER}, device) (rate(node_network_transmit_${what}_total{${NETWORK_CARDS}}[5m])))`;

const CLOCK_TEXTS = {
  ko: {
    summary: `${WHO}: 시계가 {{ $value | humanizeDuration }} 어긋남`,
    description:
      "서버 시계가 중앙과 다릅니다. 늦으면 서버 다운으로 보이고, 빠르면 데이터가 미래 시각에 저장됩니다. " +
      "1) timedatectl에서 NTP 동기화를 확인하십시오. " +
      "2) chronyc tracking으로 시간 서버와의 통신을 확인하십시오. " +
      "3) UDP 123 방화벽을 확인하십시오.",
  },
  en: {
    summary: `${WHO}: clock off by {{ $value | humanizeDuration }}`,
    description:
      "The server's clock is not central's. Behind, it looks like a server that is down; ahead, its data lie in the future. " +
      "1) Look at the synchronization with timedatectl. " +
      "2) See whether it reaches its time server with chronyc tracking. " +
      "3) Check the firewall for UDP 123.",
  },
};

/** Alerts about the machine itself. */
export const MACHINE_ALERTS: readonly Alert[] = [{
  name: "ClockSkew",
  expr: `${CLOCK} > 30`,
  for: "10m",
  severity: "warning",
  scope: "host",
  cause: "clock",
  ...CLOCK_TEXTS,
}, {
  name: "ClockSkew",
  expr: `${CLOCK} > 300`,
  for: "10m",
  severity: "critical",
  scope: "host",
  cause: "clock",
  ...CLOCK_TEXTS,
}, {
  name: "ServerRebooted",
  // Steps of NTP move the time of boot by parts of a second.
  expr: `(time() - max by (${PLACED_SERVER}) (node_boot_time_seconds) < 900)
and on (${SERVER})
(max by (${SERVER}) (node_boot_time_seconds) - min by (${SERVER}) (min_over_time(node_boot_time_seconds[1h])) > 60)`,
  severity: "info",
  scope: "host",
  ko: {
    summary: `${WHO}: {{ $value | humanizeDuration }} 전에 재부팅됨`,
    description: "서버가 다시 시작되었습니다. " +
      "1) 예정된 작업이었는지 확인하십시오. " +
      "2) last -x와 journalctl -b -1로 원인을 확인하십시오. " +
      "3) 서비스가 모두 올라왔는지 확인하십시오.",
  },
  en: {
    summary: `${WHO}: rebooted {{ $value | humanizeDuration }} ago`,
    description: "The server has started anew. " +
      "1) See whether that was planned. " +
      "2) Find the reason with last -x and journalctl -b -1. " +
      "3) Check that all services are up.",
  },
}, {
  name: "NetworkErrors",
  expr: `${packets("errs")} / (${packets("packets")} > 10) > 0.01`,
  for: "30m",
  severity: "warning",
  scope: "host",
  ko: {
    summary:
      `${WHO}: {{ $labels.device }} 패킷 오류 {{ $value | humanizePercentage }}`,
    description: "네트워크 카드에서 패킷 오류가 30분 넘게 1%를 초과했습니다. " +
      "1) ip -s link와 ethtool -S로 오류 종류를 확인하십시오. " +
      "2) 물리 서버라면 케이블과 스위치 포트를 확인하십시오. " +
      "3) 속도와 이중 모드 설정을 확인하십시오.",
  },
  en: {
    summary:
      `${WHO}: {{ $value | humanizePercentage }} of packets on {{ $labels.device }} have errors`,
    description:
      "Over 1 % of the card's packets have had errors for 30 minutes. " +
      "1) See which ones with ip -s link and ethtool -S. " +
      "2) On a machine of metal, check cable and switch port. " +
      "3) Check speed and duplex.",
  },
}];

/** Alerts about the agent. */
export const AGENT_ALERTS: readonly Alert[] = [{
  name: "AgentRestarted",
  expr:
    `changes_prometheus(max by (${PLACED_SERVER}, program) (msp_start_time_seconds)[30m:1m]) > 3`,
  severity: "warning",
  scope: "host",
  ko: {
    summary:
      `${WHO}: msp-{{ $labels.program }}가 30분 동안 {{ $value }}번 재시작됨`,
    description: "프로그램이 반복해서 종료되고 있습니다. " +
      "1) journalctl -u msp-agent(릴레이는 msp-relay)에서 종료 원인을 확인하십시오. " +
      "2) 메모리 제한이나 watchdog에 걸렸는지 확인하십시오. " +
      "3) 최신 버전이 아니라면 업그레이드하십시오.",
  },
  en: {
    summary:
      `${WHO}: msp-{{ $labels.program }} restarted {{ $value }} times in 30 minutes`,
    description: "The program keeps ending. " +
      "1) Find the reason in journalctl -u msp-agent, or msp-relay. " +
      "2) See whether it meets its memory limit or the watchdog. " +
      "3) Upgrade it if it is not the newest.",
  },
}, {
  name: "AgentVersionOld",
  expr: `max by (${PLACED_SERVER}, version) (msp_build_info{program="agent"})
unless on (version)
topk(1, count by (version) (max by (${SERVER}, version) (msp_build_info{program="agent"})))`,
  for: "24h",
  severity: "info",
  scope: "host",
  ko: {
    summary: `${WHO}: 에이전트 버전 {{ $labels.version }}이(가) 대다수와 다름`,
    description: "가장 많이 쓰이는 버전과 다른 에이전트입니다. " +
      "1) 대시보드에서 다른 서버의 버전과 비교하십시오. " +
      "2) 오래된 버전이라면 install.sh를 다시 실행해 업그레이드하십시오. " +
      "3) 시험 중인 서버라면 그대로 두십시오.",
  },
  en: {
    summary: `${WHO}: agent {{ $labels.version }} is not what most servers run`,
    description: "The agent has another version than most. " +
      "1) Compare with other servers on the dashboard. " +
      "2) If it is older, run install.sh again, which upgrades it. " +
      "3) Leave it if the server is there to try a version.",
  },
}, {
  name: "ServerIdentityConflict",
  expr:
    `count by (${SERVER}) (count by (${SERVER}, nodename) (last_over_time(node_uname_info{customer_id!=""}[3m]))) > 1`,
  for: "15m",
  severity: "warning",
  scope: "host",
  ko: {
    summary: `${WHO}: 서버 {{ $value }}대가 같은 이름을 사용 중`,
    description:
      "서로 다른 서버가 같은 서버 이름으로 데이터를 보내고 있어 모든 수치를 믿을 수 없습니다. " +
      "1) node_uname_info의 nodename으로 어떤 서버들인지 확인하십시오. " +
      "2) 복제한 이미지의 /etc/msp-agent/agent.env를 확인하십시오. " +
      "3) MSP_SERVER_NAME을 고치고 msp-agent를 재시작하십시오.",
  },
  en: {
    summary: `${WHO}: {{ $value }} machines use this name`,
    description:
      "Several machines send under one server name, so no number of it can be trusted. " +
      "1) See which ones by nodename of node_uname_info. " +
      "2) Look at /etc/msp-agent/agent.env of a cloned image. " +
      "3) Correct MSP_SERVER_NAME and restart msp-agent.",
  },
}];
