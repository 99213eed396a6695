/**
 * Alerts about the availability that was promised to a customer: how fast the
 * error budget is used, over a long window and a short one together. The long
 * one says that it matters, the short one that it still goes on.
 * Source: Google, The Site Reliability Workbook, "Alerting on SLOs".
 *
 * Short windows read the minutes, long ones the sums of half hours.
 */
import type { AlertGroup } from "./alert.ts";

/** Promised when a customer has no objective of its own. */
export const DEFAULT_SLO_TARGET = 0.999;
/**
 * Minutes of servers that must be lost. With one server, 99.9 % and one hour, a
 * single lost minute would be critical; that is a reboot.
 */
const LOST_MINUTES = 5;
const MONTH_MINUTES = 30 * 24 * 60;

/** Minutes of servers by customer that counted, and those in which they were up. */
interface Minutes {
  readonly up: string;
  readonly counted: string;
}

/** Of the minutes themselves, the newest of which are seven minutes old. */
function minutes(window: string): Minutes {
  const over = (how: string) =>
    `sum by (customer_id) (${how}_over_time(msp:server_slo_up:1m[${window}] offset 7m))`;
  return { up: over("sum"), counted: over("count") };
}

/** Of the half hours, the newest of which are up to an hour old. */
function halfHours(window: string): Minutes {
  const over = (what: string) =>
    `sum by (customer_id) (sum_over_time(msp:server_slo_up:${what}[${window}]))`;
  return { up: over("sum30m"), counted: over("count30m") };
}

/** The share of time that may be lost; of all customers that have servers. */
const BUDGET = `(1 - (
  max by (customer_id) (last_over_time(msp:slo_target:ratio[15m]))
  or on (customer_id)
  (0 * max by (customer_id) (last_over_time(msp:server_slo_up:1m[15m])) + ${DEFAULT_SLO_TARGET})
))`;

/** How many times faster than allowed the budget is used. */
function burnRate({ up, counted }: Minutes): string {
  return `(1 - ${up} / ${counted}) / on (customer_id) ${BUDGET}`;
}

function burns(rate: number, long: Minutes, short: Minutes): string {
  return `(${burnRate(long)}) > ${rate}
and on (customer_id) (${burnRate(short)}) > ${rate}
and on (customer_id) (${long.counted} - ${long.up}) > ${LOST_MINUTES}`;
}

/**
 * What was lost in 30 days beside what 30 days allow. A customer that is new has
 * the budget of a month as well, or the reboots of its first day would use it.
 */
function budgetUsed({ up, counted }: Minutes): string {
  const servers =
    "count by (customer_id) (last_over_time(msp:server_slo_up:1m[1h]))";
  return `(WITH (
  lost = ${counted} - ${up},
  month = max(${counted}, ${MONTH_MINUTES} * ${servers}) by (customer_id),
)
lost / on (customer_id) (month * on (customer_id) ${BUDGET}) > 1
and on (customer_id) lost > ${LOST_MINUTES})`;
}

const BURN_RATE = '{{ $value | printf "%.1f" }}';

/** By group: those over long windows are evaluated less often. */
export const SLA_ALERTS: readonly AlertGroup[] = [
  {
    name: "msp-sla-fast",
    interval: "1m",
    alerts: [{
      name: "SLABurnFast",
      expr: burns(14.4, minutes("1h"), minutes("5m")),
      for: "2m",
      severity: "critical",
      scope: "sla",
      ko: {
        summary:
          `{{ $labels.customer_id }}: 오류 예산을 허용 속도의 ${BURN_RATE}배로 소진 중 (1시간)`,
        description: "이 속도면 월 오류 예산이 이틀 안에 없어집니다. " +
          "1) 지금 다운된 서버를 확인하십시오. " +
          "2) 최근 배포와 정비를 확인하십시오. " +
          "3) 릴레이와 고객 회선을 확인하십시오.",
      },
      en: {
        summary:
          `{{ $labels.customer_id }}: error budget used ${BURN_RATE} times faster than allowed (1 hour)`,
        description: "At this rate a month's budget is gone in two days. " +
          "1) See which servers are down now. " +
          "2) Look at recent deployments and maintenance. " +
          "3) Check the relay and the customer's line.",
      },
    }],
  },
  {
    name: "msp-sla-slow",
    interval: "5m",
    alerts: [{
      name: "SLABurnSlow",
      expr: burns(6, halfHours("6h"), minutes("30m")),
      for: "5m",
      severity: "critical",
      scope: "sla",
      ko: {
        summary:
          `{{ $labels.customer_id }}: 오류 예산을 허용 속도의 ${BURN_RATE}배로 소진 중 (6시간)`,
        description: "이 속도면 월 오류 예산이 닷새 안에 없어집니다. " +
          "1) 가용률 화면에서 낮은 서버를 찾으십시오. " +
          "2) 그 서버가 반복해서 재시작하는지 확인하십시오. " +
          "3) 회선이 간헐적으로 끊기는지 확인하십시오.",
      },
      en: {
        summary:
          `{{ $labels.customer_id }}: error budget used ${BURN_RATE} times faster than allowed (6 hours)`,
        description: "At this rate a month's budget is gone in five days. " +
          "1) Find the lowest servers on the availability page. " +
          "2) See whether they restart again and again. " +
          "3) Look for links that come and go.",
      },
    }],
  },
  {
    name: "msp-sla-budget",
    interval: "30m",
    alerts: [{
      name: "SLABurnLong",
      expr: burns(1, halfHours("3d"), halfHours("6h")),
      severity: "info",
      scope: "sla",
      ko: {
        summary:
          `{{ $labels.customer_id }}: 오류 예산이 허용보다 빨리 줄어듦 (3일, ${BURN_RATE}배)`,
        description: "이대로면 이번 달 목표에 미달합니다. " +
          "1) 가용률 화면에서 낮은 서버를 찾으십시오. " +
          "2) 그 서버의 다운 이력을 확인하십시오. " +
          "3) 같은 원인이 되풀이되는지 확인하십시오.",
      },
      en: {
        summary:
          `{{ $labels.customer_id }}: error budget shrinks faster than allowed (3 days, ${BURN_RATE} times)`,
        description: "If it goes on, the month's objective will be missed. " +
          "1) Find the lowest servers on the availability page. " +
          "2) Look at their outages. " +
          "3) See whether one cause comes again and again.",
      },
    }, {
      name: "SLABudgetExhausted",
      expr: budgetUsed(halfHours("30d")),
      severity: "warning",
      scope: "sla",
      ko: {
        summary:
          `{{ $labels.customer_id }}: 30일 오류 예산 소진 (예산의 ${BURN_RATE}배 사용)`,
        description:
          "최근 30일 동안 목표가 한 달에 허용하는 시간보다 오래 다운되었습니다. " +
          "1) 급하지 않은 변경을 미루십시오. " +
          "2) 원인과 대책을 고객과 공유하십시오. " +
          "3) 사후에 등록한 정비가 있으면 mspctl sla recompute로 반영하십시오.",
      },
      en: {
        summary:
          `{{ $labels.customer_id }}: error budget of 30 days is gone (${BURN_RATE} times the budget)`,
        description:
          "More was lost in 30 days than the objective allows in a month. " +
          "1) Put off changes that can wait. " +
          "2) Tell the customer causes and remedies. " +
          "3) Run mspctl sla recompute if maintenance was entered afterwards: it counts from then on.",
      },
    }],
  },
];
