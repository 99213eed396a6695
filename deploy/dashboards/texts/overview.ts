/** Texts of the panels of all customers. */
export const OVERVIEW_PANELS = {
  overviewCustomers: {
    ko: "총 고객 수",
    en: "Customers",
    koHelp: "최근 7일 동안 서버가 한 번이라도 보고한 고객 수.",
    enHelp: "Customers of which a server has reported within 7 days.",
  },
  overviewServers: {
    ko: "총 서버 수",
    en: "Servers",
    koHelp: "최근 7일 동안 보고한 서버 수(다운 포함, 폐기 제외).",
    enHelp: "Servers seen within 7 days, down ones included, retired ones not.",
  },
  overviewDown: {
    ko: "다운 서버",
    en: "Servers down",
    koHelp: "알려진 서버 중 100초 이상 데이터가 없는 서버 수.",
    enHelp: "Known servers without a sample for 100 seconds.",
  },
  overviewCpu: {
    ko: "평균 CPU 사용률",
    en: "Mean CPU",
    koHelp: "서버별 CPU 사용률의 평균. iowait는 사용으로 보지 않습니다.",
    enHelp: "Mean of the servers' busy shares; waiting for disks is not busy.",
  },
  overviewMemory: {
    ko: "평균 메모리 사용률",
    en: "Mean memory",
    koHelp: "서버별 메모리 사용률(1 − MemAvailable/MemTotal)의 평균.",
    enHelp: "Mean of the servers' 1 − MemAvailable / MemTotal.",
  },
  overviewAlerts: {
    ko: "발화 중인 알림",
    en: "Firing alerts",
    koHelp: "현재 발화 중인 알림 수(Watchdog, 정비 제외).",
    enHelp: "Alerts that fire now, Watchdog and maintenance left out.",
  },
  overviewAvailability: {
    ko: "가용률 (30일)",
    en: "Availability (30 days)",
    koHelp: "최근 30일 서버 가용률의 평균. 정비 시간은 제외.",
    enHelp: "Mean availability of the servers, maintenance left out.",
  },
  overviewTable: {
    ko: "고객별 현황",
    en: "By customer",
    koHelp:
      "모든 열에 같은 필터가 적용됩니다. 고객을 누르면 상세 화면으로 이동.",
    enHelp:
      "All columns have the same filter. A customer's name opens its page.",
  },
  overviewCpuByCustomer: {
    ko: "고객별 평균 CPU 사용률",
    en: "Mean CPU by customer",
    koHelp: "고객 서버들의 CPU 사용률 평균, 높은 순.",
    enHelp: "Mean busy share of each customer's servers, highest first.",
  },
  overviewMemoryByCustomer: {
    ko: "고객별 평균 메모리 사용률",
    en: "Mean memory by customer",
    koHelp: "고객 서버들의 메모리 사용률 평균, 높은 순.",
    enHelp: "Mean memory share of each customer's servers, highest first.",
  },
  overviewDiskTop: {
    ko: "디스크 위험 Top 10",
    en: "Fullest disks, top 10",
    koHelp: "가장 많이 찬 파일 시스템을 가진 서버 10대.",
    enHelp: "The ten servers with the fullest file system.",
  },
  overviewReceived: {
    ko: "전체 수신 (Inbound)",
    en: "Inbound, total",
    koHelp: "물리 NIC만 합산합니다. bond, bridge, VLAN은 이중 집계되므로 제외.",
    enHelp: "Physical cards only: bonds, bridges and VLANs repeat their bytes.",
  },
  overviewTransmitted: {
    ko: "전체 송신 (Outbound)",
    en: "Outbound, total",
    koHelp: "물리 NIC의 송신 합계.",
    enHelp: "Sum of all physical cards.",
  },
  overviewReceivedByCustomer: {
    ko: "고객별 수신 트래픽",
    en: "Inbound by customer",
    koHelp: "고객별 물리 NIC 수신 합계, 높은 순.",
    enHelp: "Sum of each customer's physical cards, highest first.",
  },
  overviewTransmittedByCustomer: {
    ko: "고객별 송신 트래픽",
    en: "Outbound by customer",
    koHelp: "고객별 물리 NIC 송신 합계, 높은 순.",
    enHelp: "Sum of each customer's physical cards, highest first.",
  },
  overviewTraffic: {
    ko: "고객별 네트워크 트래픽 추이",
    en: "Traffic by customer over time",
    koHelp: "위쪽은 수신, 아래쪽은 송신.",
    enHelp: "Inbound upwards, outbound downwards.",
  },
} as const;
