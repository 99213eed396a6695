/** Texts of the panels of the relays. */
export const RELAY_PANELS = {
  relayCount: {
    ko: "릴레이 수",
    en: "Relays",
    koHelp: "최근 7일 동안 보고한 릴레이 서버.",
    enHelp: "Relay servers seen within 7 days.",
  },
  relayDown: {
    ko: "다운 릴레이",
    en: "Relays down",
    koHelp: "100초 이상 데이터가 없는 릴레이.",
    enHelp: "Relays without a sample for 100 seconds.",
  },
  relayFill: {
    ko: "스풀 사용률",
    en: "Spool fill",
    koHelp: "디스크에 대기 중인 데이터 ÷ 한도. 80%부터 위험.",
    enHelp: "What waits on disk over the limit. Red from 80 %.",
  },
  relayAgents: {
    ko: "릴레이별 연결 현황",
    en: "Relays and their agents",
    koHelp: "지금 연결된 에이전트와 최근 24시간 최대값.",
    enHelp: "Agents connected now, and the most within 24 hours.",
  },
  relayAgentsGraph: {
    ko: "연결된 에이전트 추이",
    en: "Agents connected",
    koHelp: "최근 데이터를 보낸 에이전트 수.",
    enHelp: "Agents that have pushed lately.",
  },
  relaySpool: {
    ko: "스풀 크기",
    en: "Spool size",
    koHelp: "아직 전달되지 않은 데이터.",
    enHelp: "What waits for delivery.",
  },
  relayLag: {
    ko: "전송 지연",
    en: "Lag",
    koHelp: "가장 오래된 미전달 샘플의 나이. 비어 있으면 0.",
    enHelp: "Age of the oldest sample that waits; 0 when none does.",
  },
  relayThroughput: {
    ko: "처리량",
    en: "Throughput",
    koHelp: "위쪽은 수신, 아래쪽은 전달.",
    enHelp: "Received upwards, delivered downwards.",
  },
  relayDrops: {
    ko: "유실",
    en: "Samples lost",
    koHelp: "영구히 유실된 샘플, 원인별.",
    enHelp: "Samples lost for good, by reason.",
  },
  relayDropsTotal: {
    ko: "유실 합계 (선택 기간)",
    en: "Samples lost, chosen range",
    koHelp: "선택한 기간의 유실 합계. 없으면 0.",
    enHelp: "Over the chosen range; 0 when there was none.",
  },
  relayErrors: {
    ko: "업스트림 오류",
    en: "Upstream errors",
    koHelp: "중앙으로 보낼 때의 초당 실패, 코드별.",
    enHelp: "Failures towards central per second, by code.",
  },
  relayRejected: {
    ko: "거부 요청",
    en: "Requests refused",
    koHelp: "릴레이가 받지 않은 초당 요청, 원인별.",
    enHelp: "Requests per second that the relay did not take, by reason.",
  },
  relayLastPush: {
    ko: "에이전트별 최종 수신",
    en: "Last push by agent",
    koHelp: "릴레이를 거치는 에이전트가 마지막으로 보낸 뒤 지난 시간.",
    enHelp: "Time since each agent behind a relay has pushed.",
  },
  relayCentral: {
    ko: "중앙 수집",
    en: "Central intake",
    koHelp: "토큰별 초당 요청. 관리자 조직에서만 보입니다.",
    enHelp:
      "Requests per second by token. In the operator's organization only.",
  },
  relayCentralSamples: {
    ko: "중앙 저장",
    en: "Central storage",
    koHelp: "초당 저장된 샘플. 관리자 조직에서만 보입니다.",
    enHelp: "Samples stored per second. In the operator's organization only.",
  },
} as const;
