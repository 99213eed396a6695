/** Central itself: its parts, its disk, its backups, its notifications. */
import type { Alert } from "./alert.ts";
import { ofCentral } from "./selectors.ts";

/** What the store says about itself; `-selfScrapeInterval` makes it. */
const ofStore = (name: string) => ofCentral(name, 'job="victoria-metrics"');

/** Not every group has all of them. */
const FAILED = ofCentral(
  "",
  '__name__=~"vmalert_(alerting_rules_errors|recording_rules_errors|iteration_missed)_total"',
);

/**
 * Parts that are scraped: deploy/victoriametrics/scrape.yml, and
 * scrape_cluster.yml, which alone scrapes the store.
 */
const PARTS: readonly Alert[] = [{
  name: "CentralPartDown",
  expr: `${ofCentral("up", 'job=~"central|victoria-metrics"')} == 0`,
  for: "2m",
  severity: "critical",
  scope: "central",
  ko: {
    summary: "중앙 구성 요소 응답 없음: {{ $labels.instance }}",
    description: "중앙 스택의 구성 요소가 2분 넘게 응답하지 않습니다. " +
      "1) docker compose ps로 상태를 확인하십시오. " +
      "2) docker compose logs로 종료 원인을 확인하십시오. " +
      "3) 메모리 한도(MEM_*)와 디스크 여유 공간을 확인하십시오.",
  },
  en: {
    summary: "A part of central does not answer: {{ $labels.instance }}",
    description: "The part has been silent for 2 minutes. " +
      "1) Look at docker compose ps. " +
      "2) Find the reason in docker compose logs. " +
      "3) Check its memory limit (MEM_*) and the free space of the disk.",
  },
}, {
  name: "RuleErrors",
  expr: `sum by (group) (increase(${FAILED}[10m])) > 0`,
  for: "5m",
  severity: "critical",
  scope: "central",
  ko: {
    summary:
      "규칙 그룹 {{ $labels.group }}: 평가 오류 {{ $value | humanize }}건",
    description: "오류가 있는 규칙은 알림을 내지 못합니다. " +
      "1) docker compose logs vmalert에서 오류를 확인하십시오. " +
      "2) 저장소가 느리거나 응답하지 않는지 확인하십시오. " +
      "3) 최근에 바꾼 설정이 있으면 mspctl apply로 다시 확인하십시오.",
  },
  en: {
    summary:
      "Rule group {{ $labels.group }}: {{ $value | humanize }} failed evaluations",
    description: "A rule that fails is silent. " +
      "1) Find the error in docker compose logs vmalert. " +
      "2) See whether the store is slow or away. " +
      "3) If settings were changed, check them with mspctl apply.",
  },
}, {
  name: "NotificationFailed",
  expr: `sum by (integration) (increase(${
    ofCentral("alertmanager_notifications_failed_total")
  }[15m])) > 0`,
  severity: "critical",
  scope: "central",
  ko: {
    summary:
      "알림 전송 실패: {{ $labels.integration }} {{ $value | humanize }}건",
    description:
      "Alertmanager가 알림을 보내지 못했습니다. 다른 채널로 이 알림을 받으셨을 것입니다. " +
      "1) docker compose logs alertmanager에서 원인을 확인하십시오. " +
      "2) 메일 서버나 웹훅 주소와 비밀 값을 확인하십시오. " +
      "3) 중앙에서 나가는 방화벽을 확인하십시오.",
  },
  en: {
    summary:
      "Notifications failed: {{ $value | humanize }} by {{ $labels.integration }}",
    description:
      "Alertmanager could not send; you read this by another channel. " +
      "1) Find the reason in docker compose logs alertmanager. " +
      "2) Check the mail server or webhook, and its secret. " +
      "3) Check the firewall on the way out.",
  },
}, {
  name: "Watchdog",
  expr: "vector(1)",
  severity: "none",
  scope: "central",
  ko: {
    summary: "감시 체계 정상 신호",
    description:
      "항상 발생하는 알림입니다. 외부에서 이 신호가 끊기면 중앙이 멈춘 것입니다.",
  },
  en: {
    summary: "The monitoring is alive",
    description:
      "It always fires. When it stops coming in outside, central itself is down.",
  },
}];

const ACCESS: readonly Alert[] = [{
  name: "TokenUnused",
  expr: `sum by (username) (increase(${
    ofCentral("vmauth_user_requests_total", 'username=~"w-.+"')
  }[24h])) == 0`,
  for: "1d",
  severity: "info",
  scope: "central",
  ko: {
    summary: "쓰이지 않는 토큰: {{ $labels.username }}",
    description: "이틀 동안 아무도 쓰지 않은 쓰기 토큰입니다. " +
      "1) mspctl customer list로 어느 고객의 토큰인지 확인하십시오. " +
      "2) 설치 예정인 서버가 없으면 mspctl customer revoke로 폐기하십시오. " +
      "3) 서버가 있어야 한다면 에이전트의 토큰을 확인하십시오.",
  },
  en: {
    summary: "Unused token: {{ $labels.username }}",
    description: "Nobody has written with the token for two days. " +
      "1) See with mspctl customer list whose it is. " +
      "2) Revoke it with mspctl customer revoke if no server is to come. " +
      "3) If servers should use it, check their token.",
  },
}, {
  name: "WriteRejectedCentral",
  expr: `sum by (reason) (increase(${
    ofCentral(
      "vmauth_http_request_errors_total",
      'reason="invalid_auth_token"',
    )
  }[5m])) > 0`,
  for: "5m",
  severity: "warning",
  scope: "central",
  ko: {
    summary: "중앙이 잘못된 토큰을 거부함: 5분 동안 {{ $value | humanize }}건",
    description: "폐기된 토큰을 쓰는 에이전트이거나 외부의 탐색 시도입니다. " +
      "1) Nginx 로그에서 401을 받은 주소를 확인하십시오. " +
      "2) 고객사 서버라면 새 토큰을 넣으십시오. " +
      "3) 모르는 주소라면 방화벽에서 막으십시오.",
  },
  en: {
    summary:
      "Central refused wrong tokens: {{ $value | humanize }} times in 5 minutes",
    description: "An agent uses a revoked token, or somebody tries tokens. " +
      "1) Find the addresses with 401 in Nginx's log. " +
      "2) If it is a customer's server, give it a new token. " +
      "3) Otherwise block the address.",
  },
}];

const FREE_BYTES = ofStore("vm_free_disk_space_bytes");
const FREE = `min(${FREE_BYTES})`;
const LIMIT = `max(${ofStore("vm_free_disk_space_limit_bytes")})`;

/** As long as the store keeps anything, unless it was told otherwise. */
const EVER = "400d";

/**
 * A daily task that has not succeeded for 26 hours, or never since its first
 * try; both tell their time once. Who never tries has not asked for the task.
 */
function stale(task: string): string {
  const told = (what: string) => ofCentral(`${task}_${what}_timestamp_seconds`);
  return `time() - (
  max(last_over_time(${told("last_success")}[${EVER}]))
  or min(min_over_time(${told("last_try")}[${EVER}]))
) > 93600`;
}

const STORAGE: readonly Alert[] = [{
  name: "StorageDiskLow",
  // Half a day of samples, so that a new store's first minutes are no trend.
  expr: `${FREE} < 3 * ${LIMIT}
or
(${FREE}
and on () (min(predict_linear(${FREE_BYTES}[1d], 3 * 86400)) < ${LIMIT})
and on () (max(count_over_time(${FREE_BYTES}[1d])) > 2880))`,
  for: "30m",
  severity: "critical",
  scope: "central",
  ko: {
    summary: "저장소 디스크 부족: {{ $value | humanize1024 }}B 남음",
    description:
      "여유 공간이 한도의 세 배보다 적거나 3일 안에 한도에 닿습니다. 한도에 닿으면 저장이 멈춥니다. " +
      "1) 디스크를 늘리십시오. " +
      "2) 백업이 같은 디스크에 쌓이는지 확인하십시오. " +
      "3) 보존 기간(VM_RETENTION)을 줄일 수 있는지 검토하십시오.",
  },
  en: {
    summary: "The store's disk runs low: {{ $value | humanize1024 }}B left",
    description:
      "Less than three times the limit is left, or the limit will be met within 3 days. There the store stops taking samples. " +
      "1) Enlarge the disk. " +
      "2) See whether backups lie on the same disk. " +
      "3) Consider a shorter retention (VM_RETENTION).",
  },
}, {
  name: "BackupStale",
  expr: stale("msp_backup"),
  severity: "critical",
  scope: "central",
  ko: {
    summary: "{{ $value | humanizeDuration }} 동안 성공한 백업이 없습니다",
    description: "26시간 넘게 백업이 성공하지 않았습니다. " +
      "1) docker compose --profile backup logs backup에서 오류를 확인하십시오. " +
      "2) 백업 위치(BACKUP_DIR)의 여유 공간과 마운트를 확인하십시오. " +
      "3) docker compose run --rm backup once로 다시 실행하십시오.",
  },
  en: {
    summary: "No backup has succeeded for {{ $value | humanizeDuration }}",
    description: "No backup has succeeded for 26 hours. " +
      "1) Find the error in docker compose --profile backup logs backup. " +
      "2) Check space and mount of BACKUP_DIR. " +
      "3) Try again with docker compose run --rm backup once.",
  },
}, {
  name: "ReplayStale",
  expr: stale("msp_sla_replay"),
  severity: "warning",
  scope: "central",
  ko: {
    summary:
      "{{ $value | humanizeDuration }} 동안 성공한 가용률 재계산이 없습니다",
    description:
      "26시간 넘게 재계산이 성공하지 않아, 늦게 도착한 데이터가 가용률에 반영되지 않습니다. " +
      "1) docker compose logs replay에서 오류를 확인하십시오. " +
      "2) 저장소(victoriametrics)가 응답하는지 확인하십시오. " +
      "3) docker compose run --rm replay once로 다시 실행하십시오.",
  },
  en: {
    summary:
      "The availability was not computed again for {{ $value | humanizeDuration }}",
    description:
      "No replay has succeeded for 26 hours, so data that came late do not count in the availability. " +
      "1) Find the error in docker compose logs replay. " +
      "2) See whether the store (victoriametrics) answers. " +
      "3) Try again with docker compose run --rm replay once.",
  },
}];

/** Alerts about central; none of them reaches a customer. */
export const CENTRAL_ALERTS: readonly Alert[] = [
  ...PARTS,
  ...ACCESS,
  ...STORAGE,
];
