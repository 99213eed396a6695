/** Every text of the status page in both languages. */
import type { Line } from "./model.ts";
import type { SenderState, SortKey } from "./sender_list.ts";

/** Languages of the page, the default first. */
export const LANGUAGES = ["en", "ko"] as const;
/** One of them. */
export type Language = typeof LANGUAGES[number];

/** A text, or a sentence with gaps, in each language. */
export type Both<T> = Readonly<Record<Language, T>>;

/** Both languages fill the same gaps, so the compiler misses none. */
function both(en: string, ko: string): Both<string>;
function both<Gaps extends readonly string[]>(
  en: (...gaps: Gaps) => string,
  ko: (...gaps: Gaps) => string,
): Both<(...gaps: Gaps) => string>;
function both<T>(en: T, ko: T): Both<T> {
  return { en, ko };
}

/** The table. */
export const TEXTS = {
  title: both("Relay", "릴레이"),
  skip: both("Skip to the status", "상태로 건너뛰기"),
  language: both("Language", "언어"),
  updated: both(
    (time: string) => `As of ${time}`,
    (time: string) => `${time} 기준`,
  ),
  stale: both(
    "This page is out of date: the relay does not answer.",
    "화면이 최신이 아닙니다. 릴레이가 응답하지 않습니다.",
  ),

  lineUp: both("Line to central is up", "중앙 연결 정상"),
  lineDown: both("Line to central is down", "중앙 연결 끊김"),
  lineHolding: both(
    "Central refuses: somebody has to act",
    "중앙에서 거부함: 조치가 필요합니다",
  ),
  lineIdle: both(
    "Nothing sent to central yet",
    "아직 중앙으로 보낸 데이터가 없음",
  ),
  lineStarting: both("The relay is starting", "릴레이를 시작하는 중"),
  lineStopping: both("The relay is stopping", "릴레이를 종료하는 중"),
  since: both(
    (duration: string, time: string) => `for ${duration}, since ${time}`,
    (duration: string, time: string) => `${time}부터 ${duration}째`,
  ),
  destination: both("Central", "중앙 주소"),
  lastDelivery: both("Last delivery", "마지막 전송"),
  nextTry: both("Next try", "다음 시도"),
  nextTryIn: both(
    (duration: string) => `in ${duration}`,
    (duration: string) => `${duration} 후`,
  ),
  trying: both("under way", "진행 중"),
  why: both("Why", "원인"),
  advice: both("What to do", "조치 방법"),
  answer: both("Message", "메시지"),
  kept: both(
    "What arrives is kept on this disk and sent when the line is back.",
    "수신한 데이터는 디스크에 보관했다가 연결이 복구되면 전송합니다.",
  ),
  nothingLost: both("Nothing has been lost.", "유실된 데이터는 없습니다."),
  full: both(
    "The spool is full: for all that arrives, the oldest data are dropped.",
    "대기 공간이 가득 찼습니다. 새로 수신하는 만큼 가장 오래된 데이터가 삭제됩니다.",
  ),
  failing: both(
    "The disk refuses to store. Senders are told to wait and keep their data; look at the relay's log and the disk.",
    "디스크에 저장할 수 없습니다. 서버들은 데이터를 보관한 채 기다립니다. 릴레이 로그와 디스크를 확인하십시오.",
  ),

  now: both("Now", "현재 상태"),
  pushing: both("Servers pushing", "전송 중인 서버"),
  of: both(
    (total: string) => `of ${total}`,
    (total: string) => `전체 ${total}`,
  ),
  received: both("Received", "수신"),
  delivered: both("Delivered", "중앙 전송"),
  perSecond: both("samples/s", "샘플/초"),
  rate: both(
    (samples: string) => `${samples}/s`,
    (samples: string) => `${samples}/초`,
  ),
  sampleCount: both(
    (count: string) => `${count} samples`,
    (count: string) => `샘플 ${count}개`,
  ),
  waiting: both("Waiting", "대기"),

  spool: both("Waiting on disk", "디스크 대기 데이터"),
  spoolFill: both(
    (percent: string, used: string, capacity: string) =>
      `${percent} full: ${used} of ${capacity}`,
    (percent: string, used: string, capacity: string) =>
      `${percent} 사용: ${capacity} 중 ${used}`,
  ),
  samples: both("Samples", "샘플"),
  oldest: both("Oldest sample", "가장 오래된 샘플"),
  nothingWaits: both("nothing waits", "대기 데이터 없음"),
  fullIn: both("Full in", "가득 찰 때까지"),
  lasts: both("Lasts without central", "중앙 없이 버틸 수 있는 시간"),
  drain: both("All sent in", "전송 완료까지"),
  drainAfter: both("when the line is back", "연결 복구 후 계산"),
  underMinute: both("under a minute", "1분 미만"),
  unknown: both("not known yet", "아직 알 수 없음"),

  plots: both("Last hours", "최근 추이"),
  plotSpan: both(
    (span: string) => `The last ${span}, in memory since the start`,
    (span: string) => `최근 ${span}, 시작 이후 메모리에 보관`,
  ),
  plotSamples: both("Samples per second", "초당 샘플 수"),
  plotSpool: both("Bytes waiting on disk", "디스크 대기 용량"),
  plotEmpty: both(
    "The plots begin half a minute after the start.",
    "그래프는 시작 30초 후부터 표시됩니다.",
  ),
  plotPeak: both(
    (name: string, last: string, peak: string) =>
      `${name}: now ${last}, highest ${peak}`,
    (name: string, last: string, peak: string) =>
      `${name}: 현재 ${last}, 최고 ${peak}`,
  ),
  ago: both((time: string) => `${time} ago`, (time: string) => `${time} 전`),
  justNow: both("now", "지금"),

  losses: both("Lost and refused", "유실 및 거부"),
  lossesNote: both(
    "Since the start of the relay.",
    "릴레이 시작 이후 집계입니다.",
  ),
  noLosses: both(
    "Nothing was lost or refused.",
    "유실되거나 거부된 데이터가 없습니다.",
  ),
  dropped: both("Lost data", "유실된 데이터"),
  refused: both("Refused requests", "거부된 요청"),
  reason: both("Reason", "사유"),
  batches: both("Batches", "배치"),
  size: both("Size", "크기"),
  requests: both("Requests", "요청 수"),
  quarantine: both(
    "Quarantine: refused by central or damaged, kept on disk",
    "격리: 중앙에서 거부했거나 손상됨, 디스크에 보관",
  ),

  senders: both("Servers", "서버"),
  noSenders: both(
    "No server has pushed yet.",
    "아직 데이터를 보낸 서버가 없습니다.",
  ),
  noMatch: both("No server matches.", "일치하는 서버가 없습니다."),
  howToPush: both(
    "Servers push to this address:",
    "서버는 다음 주소로 데이터를 보냅니다:",
  ),
  search: both("Search name or address", "이름 또는 주소 검색"),
  searchDo: both("Search", "검색"),
  shown: both(
    (shown: string, matching: string) => `${shown} of ${matching} servers`,
    (shown: string, matching: string) => `서버 ${matching}대 중 ${shown}대`,
  ),
  more: both(
    (rest: string) => `and ${rest} more: search, or sort by another column`,
    (rest: string) => `그 외 ${rest}대: 검색하거나 다른 열로 정렬하십시오`,
  ),
  sendersTable: both(
    "Servers with their last push, rate in samples per second, and refusals",
    "서버별 마지막 전송, 속도(초당 샘플 수), 거부 횟수",
  ),
  never: both("never", "없음"),

  install: both("Install a server", "서버 설치"),
  installNote: both(
    "Run one line on a server without internet; write its own name, CSP and region.",
    "인터넷이 없는 서버에서 한 줄을 실행하세요. NAME, CSP, REGION 은 그 서버의 값으로 바꿉니다.",
  ),
  copy: both("Copy", "복사"),
  copied: both("copied", "복사됨"),

  version: both("Version", "버전"),
  uptime: both("Running for", "가동 시간"),
  listen: both("Listens on", "수신 주소"),
  pushTo: both("Push address", "전송 주소"),
  customer: both("Customer", "고객"),
  metrics: both("Metrics", "메트릭"),
  ready: both("Readiness", "준비 상태"),
  about: both("About this relay", "릴레이 정보"),
} as const;

/** The columns' headings. */
export const COLUMN_TEXTS: Readonly<Record<SortKey, Both<string>>> = {
  state: both("State", "상태"),
  name: both("Server", "서버"),
  push: both("Last push", "마지막 전송"),
  rate: both("Rate", "속도"),
  rejects: both("Refused", "거부"),
};

/** What a sender does. */
export const STATE_TEXTS: Readonly<Record<SenderState, Both<string>>> = {
  pushing: both("pushing", "전송 중"),
  silent: both("silent", "응답 없음"),
  rejected: both("refused", "거부됨"),
};

/** The big line at the top. */
export const LINE_TEXTS: Readonly<Record<Line["state"], Both<string>>> = {
  up: TEXTS.lineUp,
  backing_off: TEXTS.lineDown,
  holding: TEXTS.lineHolding,
  idle: TEXTS.lineIdle,
  starting: TEXTS.lineStarting,
  stopping: TEXTS.lineStopping,
};

/** The table in one language. */
export type Texts = {
  readonly [Key in keyof typeof TEXTS]: (typeof TEXTS)[Key][Language];
};

/** Picks one language. */
export function textsIn(language: Language): Texts {
  const entries = Object.entries(TEXTS).map(([key, text]) => [
    key,
    text[language],
  ]);
  return Object.fromEntries(entries) as Texts; // the same keys
}
