/** Why something went wrong, in words for the operator, in both languages. */
import type { DropReason } from "../../shared/spool/store.ts";
import type { RefusalReason } from "../refusal.ts";
import type { Both } from "./texts.ts";

/** What is wrong, and what to do about it. */
export interface Explanation {
  readonly what: Both<string>;
  readonly todo: Both<string>;
}

/** Why samples were dropped. */
export const DROP_TEXTS: Readonly<Record<DropReason, Both<string>>> = {
  limit: {
    en: "Spool was full: raise --spool-max",
    ko: "대기 공간 부족: --spool-max 값을 늘리십시오",
  },
  age: {
    en: "Older than central takes",
    ko: "중앙의 보관 기간보다 오래됨",
  },
  damaged: {
    en: "Damaged on disk: check the disk",
    ko: "디스크에서 손상됨: 디스크를 점검하십시오",
  },
  storage: {
    en: "Could not be written: check the disk",
    ko: "저장 실패: 디스크를 점검하십시오",
  },
};

/** Why requests were refused. */
export const REFUSAL_TEXTS: Readonly<Record<RefusalReason, Both<string>>> = {
  method: { en: "Not a POST", ko: "POST 요청이 아님" },
  path: { en: "Unknown path", ko: "없는 경로" },
  address: {
    en: "Address not in --allow-from",
    ko: "허용되지 않은 주소(--allow-from)",
  },
  token: { en: "Wrong or no token", ko: "토큰이 없거나 틀림" },
  content_type: { en: "Wrong content type", ko: "잘못된 Content-Type" },
  version_2: { en: "Remote write 2.0", ko: "Remote write 2.0 미지원" },
  content_encoding: { en: "Unknown compression", ko: "지원하지 않는 압축" },
  too_large: { en: "Too large", ko: "크기 초과" },
  ratio: { en: "Suspicious compression", ko: "의심스러운 압축률" },
  snappy: { en: "Broken snappy", ko: "snappy 손상" },
  zstd: { en: "Broken zstd", ko: "zstd 손상" },
  protobuf: { en: "Not a WriteRequest", ko: "WriteRequest가 아님" },
  too_many: { en: "Too many series", ko: "시계열 수 초과" },
  too_slow: { en: "Body came too slowly", ko: "본문 전송이 너무 느림" },
  gone: { en: "Connection closed", ko: "연결이 끊김" },
  storage: { en: "Disk refused to store", ko: "디스크 저장 실패" },
  overloaded: { en: "Relay was overloaded", ko: "릴레이 과부하" },
  not_ready: { en: "Relay was not ready", ko: "릴레이 준비 중" },
  internal: { en: "Internal error", ko: "내부 오류" },
};

/** Why central cannot be reached, by kind of fault. */
const FAULTS: Readonly<Record<string, Explanation>> = {
  dns: {
    what: {
      en: "Its name cannot be resolved",
      ko: "중앙 서버의 이름을 찾을 수 없음",
    },
    todo: {
      en: "Check this machine's DNS and the host in --remote-write-url.",
      ko: "이 장비의 DNS와 --remote-write-url의 호스트를 확인하십시오.",
    },
  },
  connect: {
    what: { en: "It cannot be connected to", ko: "중앙 서버에 연결할 수 없음" },
    todo: {
      en: "Check the network, the firewall, and that central runs.",
      ko: "네트워크와 방화벽, 중앙 서버의 가동 여부를 확인하십시오.",
    },
  },
  tls: {
    what: {
      en: "Its certificate is not trusted",
      ko: "인증서를 신뢰할 수 없음",
    },
    todo: {
      en: "Name the authority with --ca-file, and check this machine's clock.",
      ko: "--ca-file로 인증 기관을 지정하고 이 장비의 시계를 확인하십시오.",
    },
  },
  reset: {
    what: { en: "The connection breaks off", ko: "연결이 도중에 끊김" },
    todo: {
      en: "Check proxies and firewalls on the way, and central's log.",
      ko: "경로의 프록시와 방화벽, 중앙 서버 로그를 확인하십시오.",
    },
  },
  timeout: {
    what: {
      en: "It does not answer in time",
      ko: "제한 시간 안에 응답이 없음",
    },
    todo: {
      en: "Check the network; a firewall may be dropping packets.",
      ko: "네트워크를 확인하십시오. 방화벽이 패킷을 버릴 수 있습니다.",
    },
  },
  http: {
    what: { en: "Something else answers there", ko: "다른 프로그램이 응답함" },
    todo: {
      en: "Check --remote-write-url: it ends in /api/v1/write.",
      ko: "--remote-write-url을 확인하십시오. /api/v1/write로 끝나야 합니다.",
    },
  },
  "401": {
    what: { en: "It refuses the token (401)", ko: "토큰을 거부함(401)" },
    todo: {
      en:
        "Put the right token into the --token-file; it is read again at SIGHUP.",
      ko: "--token-file에 올바른 토큰을 넣으십시오. SIGHUP에 다시 읽습니다.",
    },
  },
  "403": {
    what: { en: "It forbids writing (403)", ko: "쓰기를 금지함(403)" },
    todo: {
      en: "Ask central's operator whether the token may write.",
      ko: "중앙 운영자에게 토큰의 쓰기 권한을 확인하십시오.",
    },
  },
  "404": {
    what: { en: "It has no such path (404)", ko: "경로가 없음(404)" },
    todo: {
      en: "Check --remote-write-url: it ends in /api/v1/write.",
      ko: "--remote-write-url을 확인하십시오. /api/v1/write로 끝나야 합니다.",
    },
  },
  "429": {
    what: {
      en: "It asks to slow down (429)",
      ko: "전송을 늦추도록 요청함(429)",
    },
    todo: {
      en: "Wait: it is tried again by itself.",
      ko: "자동으로 다시 시도하므로 기다리십시오.",
    },
  },
};

/** Explains a status code or kind of fault of the line to central. */
export function explainFault(code: string): Explanation {
  const known = Object.hasOwn(FAULTS, code) ? FAULTS[code] : undefined;
  if (known !== undefined) return known;
  const isOverload = /^5\d\d$/.test(code);
  return {
    what: isOverload
      ? { en: `It has trouble (${code})`, ko: `중앙 서버 장애(${code})` }
      : { en: `It refuses (${code})`, ko: `중앙 서버가 거부함(${code})` },
    todo: {
      en: "Look at the message below and at central's log.",
      ko: "아래 메시지와 중앙 서버 로그를 확인하십시오.",
    },
  };
}
