/** The words of notifications, in each language. `%d` stands for a number. */
import type { Language } from "../dashboards/names.ts";

/** What the templates say. */
export interface Words {
  readonly firing: string;
  readonly resolved: string;
  /** Alerts about the centre itself have no customer. */
  readonly central: string;
  /** Behind the first server's name. */
  readonly moreServers: string;
  /** Below the alerts that are listed. */
  readonly moreAlerts: string;
  readonly since: string;
  readonly lasted: string;
  readonly checks: string;
  readonly dashboard: string;
  readonly silence: string;
  readonly digestTitle: string;
  /** Go's duration `26h3m4s` in words: pattern and replacement. */
  readonly durations: readonly (readonly [pattern: string, by: string])[];
  /** Names of the annotations in this language. */
  readonly summary: string;
  readonly description: string;
}

/** Both languages; the type holds them equal in what they have. */
export const WORDS: Readonly<Record<Language, Words>> = {
  ko: {
    firing: "발생",
    resolved: "해소",
    central: "중앙",
    moreServers: " 외 %d대",
    moreAlerts: "외 %d건",
    since: "발생 시각",
    lasted: "지속 시간",
    checks: "확인할 것",
    dashboard: "대시보드",
    silence: "이 알림 끄기",
    digestTitle: "[일일 요약] 정보 알림 %d건",
    durations: [["h", "시간 "], ["m", "분 "], ["s", "초"]],
    summary: "summary",
    description: "description",
  },
  en: {
    firing: "FIRING",
    resolved: "RESOLVED",
    central: "central",
    moreServers: " and %d more",
    moreAlerts: "and %d more alerts",
    since: "Since",
    lasted: "Lasted",
    checks: "What to check",
    dashboard: "Dashboard",
    silence: "Silence this alert",
    digestTitle: "[Daily digest] %d informational alerts",
    durations: [["s", " s"], ["m", " min "], ["h", " h "]],
    summary: "summary_en",
    description: "description_en",
  },
};
