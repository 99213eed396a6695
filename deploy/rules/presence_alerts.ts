/**
 * Who has gone silent. Servers and relays are judged by their own samples, from
 * the first one on and for a week; `DOWN_AFTER` tells the times.
 */
import { type Alert, type AlertGroup, TIME, WHO } from "./alert.ts";
import { RETIRED } from "./expressions.ts";
import { CENTRAL_HEARS } from "./inventory.ts";
import { AT_ONCE } from "./rule_file.ts";
import {
  DOWN_AFTER,
  DOWN_INTERVAL,
  PLACED_SERVER,
  SERVER,
} from "./selectors.ts";
import { relays, servers, SILENT_RELAYS, SILENT_SERVERS } from "./silence.ts";

/**
 * Nobody at all: fires by second 91, and the first server's alert, of a server
 * that was silent for 15 s longer, leaves its `group_wait` in second 95.
 */
const STALLED_AFTER = "85s";

/** Ways into central that were used within the hour: relays, direct servers. */
const WAYS =
  `count(count by (customer_id, relay) (msp:server_known:timestamp{relay!=""} > time() - 3600) or (msp:server_known:timestamp{relay=""} > time() - 3600))`;

/**
 * Whom an alert may speak of: everybody known while central hears, and after it
 * was away those whose alert was firing. It would otherwise be told as resolved.
 */
function judgedOf(known: string, alertname: string): string {
  return `(${known} and on () (${CENTRAL_HEARS}) or on (${SERVER}) last_over_time(ALERTS{alertname="${alertname}",alertstate="firing"}[15m]))`;
}

const SERVER_DOWN: Alert = {
  name: "ServerDown",
  expr: `${SILENT_SERVERS}
and on (${SERVER}) ${judgedOf("msp:server_known:timestamp", "ServerDown")}`,
  severity: "critical",
  scope: "host",
  ko: {
    summary: `${WHO}: 서버 다운, 마지막 수신 ${TIME}`,
    description:
      "서버에서 데이터가 오지 않습니다. 서버가 꺼졌거나, 네트워크가 끊겼거나, 에이전트가 멈춘 상태입니다. " +
      "1) CSP 콘솔에서 인스턴스 상태를 확인하십시오. " +
      "2) 접속이 되면 systemctl status msp-agent를 확인하십시오. " +
      "3) 서버에서 msp-agent check를 실행해 중앙이나 릴레이까지의 연결을 확인하십시오.",
  },
  en: {
    summary: `${WHO}: server down, last heard ${TIME}`,
    description:
      "No data come from the server: it is off, its network is cut, or its agent has stopped. " +
      "1) Look at the instance in the provider's console. " +
      "2) If it can be reached, look at systemctl status msp-agent. " +
      "3) Run msp-agent check there, which tries the way to central or the relay.",
  },
};

const RELAY_DOWN: Alert = {
  name: "RelayDown",
  expr: `${SILENT_RELAYS}
and on (${SERVER}) ${judgedOf("msp:relay_known:timestamp", "RelayDown")}`,
  severity: "critical",
  scope: "relay",
  ko: {
    summary: `${WHO}: 릴레이 다운, 마지막 수신 ${TIME}`,
    description:
      "릴레이에서 데이터가 오지 않아 뒤에 있는 서버의 상태도 알 수 없습니다. 서버들의 데이터는 릴레이나 각 서버에 보관됩니다. " +
      "1) 릴레이 서버가 켜져 있고 접속되는지 확인하십시오. " +
      "2) systemctl status msp-relay와 journalctl -u msp-relay를 확인하십시오. df로 스풀 디스크도 확인하십시오: 가득 차면 릴레이가 수신을 거부합니다. " +
      "3) 릴레이에서 중앙으로 나가는 회선과 방화벽을 확인하십시오.",
  },
  en: {
    summary: `${WHO}: relay down, last heard ${TIME}`,
    description:
      "No data come from the relay, so nothing is known of the servers behind it. Their data are kept by the relay or by themselves. " +
      "1) See whether the gateway is on and can be reached. " +
      "2) Look at systemctl status msp-relay and journalctl -u msp-relay, and with df at the spool's disk: when it is full, the relay refuses all data. " +
      "3) Check the gateway's line and firewall towards central.",
  },
};

const CENTRAL_INGEST_STALLED: Alert = {
  name: "CentralIngestStalled",
  expr: `(${WAYS} > 2)
unless on () (count(${servers(STALLED_AFTER)}) > 0)
and on () (${CENTRAL_HEARS})`,
  // Senders come back within 25 s; until then this one explains their silence.
  keepFiringFor: "2m",
  severity: "critical",
  scope: "central",
  ko: {
    summary: "중앙 수집 중단: 모든 서버에서 데이터가 오지 않습니다",
    description:
      "여러 경로가 동시에 조용해졌으므로 서버가 아니라 중앙의 문제일 가능성이 높습니다. 에이전트와 릴레이는 데이터를 보관하고 있습니다. " +
      "1) docker compose ps로 nginx와 vmauth를 확인하십시오. " +
      "2) 밖에서 PUBLIC_URL/health를 불러 회선, 방화벽, 인증서를 확인하십시오. " +
      "3) 저장소 디스크의 여유 공간을 확인하십시오.",
  },
  en: {
    summary: "Central intake stalled: no server is heard",
    description:
      "Several ways have gone silent at once, so the fault is most likely central's and not the servers'. Agents and relays keep their data. " +
      "1) Look at nginx and vmauth with docker compose ps. " +
      "2) Ask PUBLIC_URL/health from outside: line, firewall, certificate. " +
      "3) Check the free space of the store's disk.",
  },
};

const SERVER_FORGET_SOON: Alert = {
  name: "ServerForgetSoon",
  expr: `msp:server_known:timestamp < time() - 6 * 86400
unless on (${SERVER}) ${RETIRED}`,
  severity: "info",
  scope: "host",
  ko: {
    summary: `${WHO}: 24시간 안에 감시 대상에서 빠집니다, 마지막 수신 ${TIME}`,
    description:
      "6일 넘게 데이터가 없는 서버입니다. 7일이 지나면 서버 다운 알림이 복구 없이 끝납니다. " +
      "1) 철거된 서버라면 mspctl server retire로 폐기하십시오. " +
      "2) 아니라면 서버와 에이전트를 복구하십시오. " +
      "3) 이름이나 고객사가 바뀐 서버인지 확인하십시오.",
  },
  en: {
    summary: `${WHO}: will be forgotten within 24 hours, last heard ${TIME}`,
    description:
      "The server has sent nothing for over 6 days. After 7 its alert ends without a recovery. " +
      "1) Retire it with mspctl server retire if it is gone. " +
      "2) Otherwise bring the server or its agent back. " +
      "3) See whether it sends under another name or customer.",
  },
};

const SERVER_RETIRED: Alert = {
  name: "ServerRetired",
  // A gateway may have a relay and no agent.
  expr: `(
  msp:server_known:timestamp unless on (${SERVER}) ${servers(DOWN_AFTER)}
  or on (${SERVER})
  msp:relay_known:timestamp unless on (${SERVER}) ${relays(DOWN_AFTER)}
)
and on (${SERVER}) ${RETIRED}`,
  severity: "info",
  scope: "host",
  ko: {
    summary: `${WHO}: 폐기된 서버, 마지막 수신 ${TIME}`,
    description:
      "운영자가 폐기한 서버이므로 서버 다운 알림을 보내지 않습니다. " +
      "1) 할 일은 없습니다. " +
      "2) 잘못 폐기했다면 mspctl server restore로 되돌리십시오. " +
      "3) 데이터는 보존 기간 동안 남아 있습니다.",
  },
  en: {
    summary: `${WHO}: retired, last heard ${TIME}`,
    description:
      "An operator has retired the server, so its silence is no outage. " +
      "1) There is nothing to do. " +
      "2) mspctl server restore takes a mistake back. " +
      "3) Its data stay for as long as all data do.",
  },
};

const RETIRED_SERVER_REPORTING: Alert = {
  name: "RetiredServerReporting",
  expr: `max by (${PLACED_SERVER}) (${servers(DOWN_AFTER)})
and on (${SERVER}) ${RETIRED}`,
  // Whoever retires a server may do so before it is shut down.
  for: "10m",
  severity: "warning",
  scope: "host",
  ko: {
    summary: `${WHO}: 폐기된 서버가 데이터를 보내고 있습니다`,
    description: "폐기 처리된 서버라서 다운되어도 알림이 없습니다. " +
      "1) 다시 쓰는 서버라면 mspctl server restore로 되돌리십시오. " +
      "2) 철거할 서버라면 에이전트를 제거하십시오. " +
      "3) 다른 서버가 같은 이름을 쓰는지 확인하십시오.",
  },
  en: {
    summary: `${WHO}: a retired server sends data`,
    description:
      "The server is retired, so nobody would be told if it went down. " +
      "1) mspctl server restore, if it is in use again. " +
      "2) Uninstall its agent, if it is to go. " +
      "3) See whether another machine uses its name.",
  },
};

const MAINTENANCE_SERVER: Alert = {
  name: "MaintenanceActive",
  expr: `max by (${SERVER}) (msp:maintenance:server) == 1`,
  severity: "none",
  scope: "host",
  ko: {
    summary: `${WHO}: 정비 중`,
    description:
      "정비 시간이므로 이 서버의 다른 알림을 보내지 않습니다. 가용률에서도 제외됩니다.",
  },
  en: {
    summary: `${WHO}: under maintenance`,
    description:
      "Other alerts of this server are held back, and the time does not count in its availability.",
  },
};

const MAINTENANCE_CUSTOMER: Alert = {
  name: "MaintenanceActive",
  expr:
    `label_set(max by (customer_id) (msp:maintenance:customer) == 1, "whole_customer", "true")`,
  severity: "none",
  scope: "host",
  page: "customer",
  ko: {
    summary: "{{ $labels.customer_id }}: 고객 전체 정비 중",
    description:
      "정비 시간이므로 이 고객의 다른 알림을 보내지 않습니다. 가용률에서도 제외됩니다.",
  },
  en: {
    summary:
      "{{ $labels.customer_id }}: the whole customer is under maintenance",
    description:
      "Other alerts of this customer are held back, and the time does not count in the availability.",
  },
};

/** Groups in the order of their file; the first is evaluated every few seconds. */
export const PRESENCE_ALERTS: readonly AlertGroup[] = [{
  name: "msp-down",
  interval: DOWN_INTERVAL,
  ...AT_ONCE,
  // What explains others comes first.
  alerts: [CENTRAL_INGEST_STALLED, SERVER_RETIRED, RELAY_DOWN, SERVER_DOWN],
}, {
  name: "msp-maintenance",
  // Before the alerts that it holds back.
  interval: "15s",
  ...AT_ONCE,
  alerts: [MAINTENANCE_SERVER, MAINTENANCE_CUSTOMER],
}, {
  name: "msp-retirement",
  interval: "30s",
  alerts: [SERVER_FORGET_SOON, RETIRED_SERVER_REPORTING],
}];
