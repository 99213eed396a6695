/**
 * Alerts about what is unusual. A score alone says little where hardly anything
 * ever happens, so each also wants a change that a person would call one.
 */
import { type Alert, type AlertGroup, WHO } from "./alert.ts";
import {
  ANOMALY_METRICS,
  type AnomalyMetric,
  difference,
  HOLIDAY,
  newest,
  present,
} from "./anomaly.ts";
import { SERVER } from "./selectors.ts";

/** Standard deviations from which on a value is unusual. */
const UNUSUAL = 4;
/** A drop to nothing is at most 4, because the least spread is a quarter. */
const UNUSUALLY_LOW = 3;
/** Traffic has grown when it is this many times the usual. */
const GROWN = 3;
/** Traffic has dropped when it is under this share of the usual. */
const DROPPED = 0.2;

const ON_HOLIDAY = `(max_over_time(${HOLIDAY}[15m]) > 0)`;

/** A usual course that was left on purpose. */
const NOT_IN_MAINTENANCE =
  `unless on (${SERVER}) (max_over_time(msp:maintenance:server[30m]) > 0)
unless on (customer_id) (max_over_time(msp:maintenance:customer[30m]) > 0)`;

const { cpu, memory, received, sent, written } = ANOMALY_METRICS;

/** Above or below; on a holiday little happens, so only above. */
function shifted(metric: AnomalyMetric, atLeast: number): string {
  const score = newest(metric, "zscore");
  return `(
  ${score} > ${UNUSUAL}
  or (${score} < -${UNUSUAL} unless on () ${ON_HOLIDAY})
)
and on (${SERVER}) (abs(${difference(metric)}) > ${atLeast})
${NOT_IN_MAINTENANCE}`;
}

function grown(metric: AnomalyMetric): string {
  return `${newest(metric, "zscore")} > ${UNUSUAL}
and on (${SERVER}) (${ofUsual(metric)} > ${GROWN})
${NOT_IN_MAINTENANCE}`;
}

function dropped(metric: AnomalyMetric): string {
  return `${newest(metric, "zscore")} < -${UNUSUALLY_LOW}
and on (${SERVER}) (${ofUsual(metric)} < ${DROPPED})
unless on () ${ON_HOLIDAY}
${NOT_IN_MAINTENANCE}`;
}

function ofUsual(metric: AnomalyMetric): string {
  return `${present(metric)} / on (${SERVER}) group_left () ${
    newest(metric, "base_mean")
  }`;
}

/** One alert for both directions, which a label tells apart. */
function eachDirection(expr: (metric: AnomalyMetric) => string): string {
  return `label_set(
${expr(received)},
"direction", "receive")
or
label_set(
${expr(sent)},
"direction", "transmit")`;
}

const SCORE = '{{ $value | printf "%.1f" }}σ';
const CHECK_KO = "최근 4주 같은 요일·시간대와 비교한 값입니다. " +
  "1) 최근 배포를 확인하십시오. " +
  "2) 배치 작업을 확인하십시오. " +
  "3) 트래픽 변화를 확인하십시오.";
const CHECK_EN =
  "Compared with this hour of the week in the last four weeks. " +
  "1) Look at recent deployments. " +
  "2) Look at batch jobs. " +
  "3) See whether the traffic has changed.";

function unusual(
  name: string,
  expr: string,
  what: { readonly ko: string; readonly en: string },
): Alert {
  return {
    name,
    expr,
    for: "15m",
    severity: "info",
    scope: "anomaly",
    ko: {
      summary: `${WHO}: ${what.ko} 평소와 다름 (${SCORE})`,
      description: CHECK_KO,
    },
    en: {
      summary: `${WHO}: ${what.en} unusual (${SCORE})`,
      description: CHECK_EN,
    },
  };
}

const ALERTS: readonly Alert[] = [
  unusual("CPUAnomaly", shifted(cpu, 0.2), {
    ko: "CPU 사용률이",
    en: "CPU use is",
  }),
  unusual("MemoryAnomaly", shifted(memory, 0.15), {
    ko: "메모리 사용률이",
    en: "memory use is",
  }),
  unusual("NetworkAnomaly", eachDirection(grown), {
    ko: "네트워크 트래픽({{ $labels.direction }})이",
    en: "network traffic ({{ $labels.direction }}) is",
  }),
  unusual("DiskWriteAnomaly", grown(written), {
    ko: "디스크 쓰기가",
    en: "writing to disks is",
  }),
  {
    name: "NetworkDropAnomaly",
    expr: eachDirection(dropped),
    for: "15m",
    severity: "warning",
    scope: "anomaly",
    ko: {
      summary:
        `${WHO}: 네트워크 트래픽({{ $labels.direction }})이 평소의 20% 미만 (${SCORE})`,
      description: "서버는 살아 있지만 요청이 오지 않을 수 있습니다. " +
        "최근 4주 같은 요일·시간대와 비교한 값이며, 공휴일에는 알리지 않습니다. " +
        "1) 로드밸런서와 DNS를 확인하십시오. " +
        "2) 방화벽을 확인하십시오. " +
        "3) 앞단 서비스를 확인하십시오.",
    },
    en: {
      summary:
        `${WHO}: network traffic ({{ $labels.direction }}) under 20 % of the usual (${SCORE})`,
      description: "The server is alive, but perhaps nobody reaches it. " +
        "Compared with this hour of the week in the last four weeks; silent on public holidays. " +
        "1) Check the load balancer and DNS. " +
        "2) Check the firewall. " +
        "3) Check the services in front.",
    },
  },
];

/** For `alerts.ts`; evaluated as often as their scores are. */
export const ANOMALY_ALERTS: readonly AlertGroup[] = [
  { name: "msp-anomaly-alerts", interval: "5m", alerts: ALERTS },
];
