/** The way of the samples: relays, spools, losses, refusals. */
import { type Alert, type AlertText, WHO } from "./alert.ts";
import { PLACED_SERVER, SERVER } from "./selectors.ts";

/** Agent and relay of one gateway both report, as different programs. */
const PROGRAM = `${PLACED_SERVER}, program`;
const FILL =
  `max by (${PROGRAM}) (msp_spool_bytes / (msp_spool_capacity_bytes > 0))`;
const PERCENT = "{{ $value | humanizePercentage }}";

const KO_UPSTREAM =
  "1) 중앙(릴레이 뒤라면 릴레이)까지의 연결을 msp-agent check로 확인하십시오. " +
  "2) 업스트림 오류 코드를 대시보드에서 확인하십시오. " +
  "3) 회선 대역폭과 중앙 부하를 확인하십시오.";
const EN_UPSTREAM =
  "1) Try the way to central, or to the relay, with msp-agent check. " +
  "2) Look at the codes of upstream errors on the dashboard. " +
  "3) Check the line's bandwidth and central's load.";

const SPOOL: Record<"ko" | "en", AlertText> = {
  ko: {
    summary: `${WHO}: {{ $labels.program }} 스풀이 곧 가득 참`,
    description:
      `스풀이 가득 차면 가장 오래된 데이터부터 버려집니다. ${KO_UPSTREAM}`,
  },
  en: {
    summary: `${WHO}: spool of the {{ $labels.program }} will soon be full`,
    description:
      `Once the spool is full, the oldest data are dropped. ${EN_UPSTREAM}`,
  },
};

/** Alerts about relays and delivery. */
export const DELIVERY_ALERTS: readonly Alert[] = [{
  name: "RelayAgentsMissing",
  expr: `max by (${PLACED_SERVER}) (msp_relay_agents_connected)
< 0.5 * (max by (${PLACED_SERVER}) (max_over_time(msp_relay_agents_connected[24h])) > 3)`,
  for: "10m",
  severity: "warning",
  scope: "relay",
  ko: {
    summary: `${WHO}: 릴레이에 연결된 에이전트가 {{ $value }}대로 줄었음`,
    description:
      "릴레이는 살아 있지만 에이전트가 24시간 최대값의 절반보다 적습니다. " +
      "1) 고객사 내부망에서 릴레이의 9999 포트로 연결되는지 확인하십시오. " +
      "2) 릴레이의 상태 페이지에서 마지막으로 보낸 에이전트를 확인하십시오. " +
      "3) 허용 목록(MSP_ALLOW_FROM)이나 방화벽이 바뀌었는지 확인하십시오.",
  },
  en: {
    summary: `${WHO}: only {{ $value }} agents reach the relay`,
    description:
      "The relay lives, and hears less than half of the agents it heard within 24 hours. " +
      "1) Try port 9999 of the relay from the customer's network. " +
      "2) See on its status page who has pushed last. " +
      "3) See whether its allow-list (MSP_ALLOW_FROM) or a firewall was changed.",
  },
}, {
  name: "SpoolGrowing",
  expr: `(${FILL} > 0.10)
and on (${SERVER}, program)
(max by (${SERVER}, program) (deriv(msp_spool_bytes[15m])) > 0)`,
  for: "15m",
  severity: "warning",
  scope: "relay",
  page: "ofProgram",
  cause: "spool",
  ko: {
    summary: `${WHO}: {{ $labels.program }} 스풀이 늘고 있음, ${PERCENT}`,
    description: `데이터가 들어오는 만큼 나가지 못합니다. ${KO_UPSTREAM}`,
  },
  en: {
    summary:
      `${WHO}: spool of the {{ $labels.program }} grows, ${PERCENT} full`,
    description: `Less leaves than comes in. ${EN_UPSTREAM}`,
  },
}, {
  name: "SpoolWillOverflow",
  expr: `(${FILL} > 0.80)
or
((${FILL} > 0.10)
and on (${SERVER}, program)
(max by (${SERVER}, program) (predict_linear(msp_spool_bytes[15m], 7200) - msp_spool_capacity_bytes) > 0))`,
  for: "10m",
  severity: "critical",
  scope: "relay",
  page: "ofProgram",
  cause: "spool",
  ...SPOOL,
}, {
  name: "DeliveryLag",
  expr:
    `time() - max by (${PROGRAM}) (msp_spool_oldest_timestamp_seconds > 0) > 300`,
  for: "10m",
  severity: "warning",
  scope: "relay",
  page: "ofProgram",
  cause: "spool",
  ko: {
    summary:
      `${WHO}: {{ $labels.program }} 전송 지연 {{ $value | humanizeDuration }}`,
    description:
      `밀린 데이터가 있어 과거 구간이 늦게 채워집니다. 새 데이터는 먼저 전송됩니다. ${KO_UPSTREAM}`,
  },
  en: {
    summary:
      `${WHO}: {{ $labels.program }} delivers {{ $value | humanizeDuration }} late`,
    description:
      `A backlog waits; new data go first, so that the past is filled late. ${EN_UPSTREAM}`,
  },
}, {
  name: "DataDropped",
  expr:
    `sum by (${PROGRAM}, reason) (increase(msp_samples_dropped_total[10m])) > 0`,
  keepFiringFor: "30m",
  severity: "critical",
  scope: "relay",
  page: "ofProgram",
  ko: {
    summary:
      `${WHO}: {{ $labels.program }}에서 샘플 {{ $value | humanize }}개 유실 ({{ $labels.reason }})`,
    description: "되찾을 수 없는 유실입니다. " +
      "1) 원인이 limit·age이면 업스트림 중단 시간과 스풀 한도(MSP_SPOOL_MAX)를 확인하십시오. " +
      "2) rejected이면 msp-relay spool ls로 격리된 데이터를 확인하십시오. " +
      "3) damaged·storage이면 journalctl과 dmesg에서 디스크 오류를 확인하십시오.",
  },
  en: {
    summary:
      `${WHO}: {{ $labels.program }} lost {{ $value | humanize }} samples ({{ $labels.reason }})`,
    description: "They are lost for good. " +
      "1) limit, age: see how long upstream was away, and the limit (MSP_SPOOL_MAX). " +
      "2) rejected: look at what is in quarantine with msp-relay spool ls. " +
      "3) damaged, storage: look for errors of the disk in journalctl and dmesg.",
  },
}, {
  name: "UpstreamRejects",
  expr:
    `sum by (${PROGRAM}, code) (increase(msp_send_failures_total{code=~"4.."}[10m])) > 0`,
  for: "5m",
  severity: "warning",
  scope: "relay",
  page: "ofProgram",
  ko: {
    summary:
      `${WHO}: {{ $labels.program }}의 전송이 {{ $labels.code }}(으)로 거부됨`,
    description: "업스트림이 요청을 거부하고 있습니다. 데이터는 보관됩니다. " +
      "1) 401·403이면 토큰이 폐기되었는지 mspctl customer로 확인하십시오. " +
      "2) 404이면 MSP_REMOTE_WRITE_URL을 확인하십시오. " +
      "3) 400이면 journalctl에서 거부 사유를 확인하십시오.",
  },
  en: {
    summary: `${WHO}: {{ $labels.program }} is refused with {{ $labels.code }}`,
    description: "Upstream refuses requests; the data are kept. " +
      "1) 401, 403: see with mspctl customer whether the token is revoked. " +
      "2) 404: check MSP_REMOTE_WRITE_URL. " +
      "3) 400: the reason is in journalctl.",
  },
}];
