/** Texts of the panels of the availability. */
export const SLA_PANELS = {
  slaCustomer: {
    ko: "고객 가용률",
    en: "Customer availability",
    koHelp:
      "고객 서버 가용률의 평균. 최대 1시간 늦게 반영되며, 최근 72시간은 지연 데이터로 바뀔 수 있습니다.",
    enHelp:
      "Mean over the servers, up to an hour late. Late data may change the last 72 hours.",
  },
  slaBudget: {
    ko: "남은 오류 예산",
    en: "Error budget left",
    koHelp: "1 − (다운 비율 ÷ 허용 비율). 0 미만이면 목표 미달.",
    enHelp: "1 − down share / allowed share. Below 0 the target is missed.",
  },
  slaUnobserved: {
    ko: "관측 불가 시간",
    en: "Unobserved",
    koHelp: "중앙에서 판정하지 못한 시간(분). 정상도 다운도 아닙니다.",
    enHelp: "Minutes in which central did not judge: neither up nor down.",
  },
  slaServers: {
    ko: "서버 가용률",
    en: "Server availability",
    koHelp: "낮은 순. 다운타임은 분 단위이며 정비 시간은 제외.",
    enHelp: "Lowest first. Down times in minutes, maintenance left out.",
  },
  slaDaily: {
    ko: "일별 가용률",
    en: "Availability by day",
    koHelp: "하루 한 칸. 마우스를 올리면 값이 보입니다.",
    enHelp: "One cell a day. Hover for the value.",
  },
  slaOutages: {
    ko: "다운 이력",
    en: "Outages",
    koHelp: "선택 기간의 ServerDown 알림 횟수, 마지막 시작 시각과 길이.",
    enHelp:
      "ServerDown alerts of the range: how many, the last one's start and length.",
  },
} as const;
