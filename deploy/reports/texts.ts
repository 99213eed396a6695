/** What the monthly report says, in both languages. */

const KO = {
  lang: "ko",
  title: "월간 가용률 보고서",
  customer: "고객사",
  month: "대상 월",
  period: "집계 기간",
  made: "작성",
  provisional:
    "잠정: 최근 72시간은 늦게 도착한 데이터로 바뀔 수 있습니다. 확정본은 월말 3일 후에 다시 만드세요.",
  availability: "가용률",
  target: "목표",
  met: "달성",
  missed: "미달",
  servers: "서버",
  serverTable: "서버별 가용률",
  server: "서버",
  down: "다운 (분)",
  excluded: "정비 제외 (분)",
  counted: "집계 (분)",
  completeness: "데이터 완전성",
  days: "일별",
  outages: "다운 이력",
  noOutages: "다운이 없었습니다.",
  start: "시작",
  minutes: "길이 (분)",
  maintenance: "정비 (가용률에서 제외)",
  noMaintenance: "등록된 정비가 없었습니다.",
  when: "시간",
  reason: "사유",
  all: "전체 서버",
  top: "사용률이 높았던 날 (일 평균)",
  cpu: "CPU",
  memory: "메모리",
  disk: "디스크",
  unobserved: "중앙에서 판정하지 못한 시간 (분)",
  note:
    "1분에 샘플이 하나라도 있으면 정상으로 셉니다. 정비 시간과 판정하지 못한 시간은 분자와 분모에 모두 넣지 않습니다. 고객사 가용률은 서버 가용률의 평균입니다.",
};

/** The texts by their names. */
export type ReportTexts = Readonly<Record<keyof typeof KO, string>>;

const EN: ReportTexts = {
  lang: "en",
  title: "Monthly availability report",
  customer: "Customer",
  month: "Month",
  period: "Period",
  made: "Made",
  provisional:
    "Provisional: late data may still change the last 72 hours. Make the final report three days after the month.",
  availability: "Availability",
  target: "Objective",
  met: "met",
  missed: "missed",
  servers: "Servers",
  serverTable: "Availability by server",
  server: "Server",
  down: "Down (min)",
  excluded: "Maintenance (min)",
  counted: "Counted (min)",
  completeness: "Completeness",
  days: "By day",
  outages: "Outages",
  noOutages: "There were none.",
  start: "Start",
  minutes: "Length (min)",
  maintenance: "Maintenance (not counted)",
  noMaintenance: "None was announced.",
  when: "When",
  reason: "Reason",
  all: "all servers",
  top: "Busiest days (mean of the day)",
  cpu: "CPU",
  memory: "Memory",
  disk: "Disk",
  unobserved: "Not judged by central (min)",
  note:
    "A minute with at least one sample counts as up. Maintenance and minutes that were not judged are in neither part of the fraction. The customer's availability is the mean of its servers'.",
};

/** By language. */
export const REPORT_TEXTS: Readonly<Record<"ko" | "en", ReportTexts>> = {
  ko: KO,
  en: EN,
};
