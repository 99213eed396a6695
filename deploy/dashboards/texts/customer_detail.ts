/** Texts of the panels of one customer. */
export const CUSTOMER_PANELS = {
  customerServers: {
    ko: "서버 수",
    en: "Servers",
    koHelp: "지금 보고 중인 서버와, 최근 7일 동안 알려진 서버.",
    enHelp: "Servers that report now, and those known within 7 days.",
  },
  customerDown: {
    ko: "다운 서버",
    en: "Servers down",
    koHelp: "알려진 서버 중 100초 이상 데이터가 없는 서버 수.",
    enHelp: "Known servers without a sample for 100 seconds.",
  },
  customerCpu: {
    ko: "평균 CPU 사용률",
    en: "Mean CPU",
    koHelp: "서버별 CPU 사용률의 평균.",
    enHelp: "Mean of the servers' busy shares.",
  },
  customerMemory: {
    ko: "평균 메모리 사용률",
    en: "Mean memory",
    koHelp: "서버별 메모리 사용률의 평균.",
    enHelp: "Mean of the servers' memory shares.",
  },
  customerDisk: {
    ko: "최대 디스크 사용률",
    en: "Fullest disk",
    koHelp: "모든 서버의 파일 시스템 중 가장 많이 찬 것.",
    enHelp: "The fullest file system of all servers.",
  },
  customerCpuGraph: {
    ko: "서버별 CPU 사용률 추이",
    en: "CPU by server",
    koHelp: "iowait를 제외한 사용률. 선을 누르면 서버 화면으로 이동.",
    enHelp: "Busy share without iowait. A line opens its server.",
  },
  customerMemoryGraph: {
    ko: "서버별 메모리 사용률 추이",
    en: "Memory by server",
    koHelp: "1 − MemAvailable/MemTotal.",
    enHelp: "1 − MemAvailable / MemTotal.",
  },
  customerDiskGraph: {
    ko: "서버별 최대 디스크 사용률 추이",
    en: "Fullest disk by server",
    koHelp: "서버마다 가장 많이 찬 파일 시스템.",
    enHelp: "The fullest file system of each server.",
  },
  customerReceived: {
    ko: "현재 총 수신",
    en: "Inbound now",
    koHelp: "물리 NIC 수신 합계.",
    enHelp: "Sum of all physical cards.",
  },
  customerTransmitted: {
    ko: "현재 총 송신",
    en: "Outbound now",
    koHelp: "물리 NIC 송신 합계.",
    enHelp: "Sum of all physical cards.",
  },
  customerReceivedTop: {
    ko: "Top 5 수신 서버",
    en: "Top 5 inbound",
    koHelp: "지금 가장 많이 받는 서버 5대.",
    enHelp: "The five servers that receive most now.",
  },
  customerTransmittedTop: {
    ko: "Top 5 송신 서버",
    en: "Top 5 outbound",
    koHelp: "지금 가장 많이 보내는 서버 5대.",
    enHelp: "The five servers that send most now.",
  },
  customerReceivedGraph: {
    ko: "서버별 수신 트래픽 추이",
    en: "Inbound by server",
    koHelp: "서버별 물리 NIC 수신 합계.",
    enHelp: "Sum of each server's physical cards.",
  },
  customerTransmittedGraph: {
    ko: "서버별 송신 트래픽 추이",
    en: "Outbound by server",
    koHelp: "서버별 물리 NIC 송신 합계.",
    enHelp: "Sum of each server's physical cards.",
  },
  customerTable: {
    ko: "서버별 리소스 요약",
    en: "All servers",
    koHelp:
      "다운 서버도 7일 동안 표시됩니다. 서버를 누르면 상세 화면으로 이동.",
    enHelp: "Servers that are down stay for 7 days. A name opens its page.",
  },
  customerAlerts: {
    ko: "발화 중인 알림 목록",
    en: "Alerts",
    koHelp: "발화 중이거나 대기 중인 알림.",
    enHelp: "Alerts that fire or are about to.",
  },
} as const;
