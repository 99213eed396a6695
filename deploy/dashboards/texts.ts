/** Every text on the dashboards, in Korean and English, from one table. */
import type { Language } from "./names.ts";
import { CUSTOMER_PANELS } from "./texts/customer_detail.ts";
import { OVERVIEW_PANELS } from "./texts/overview.ts";
import { RELAY_PANELS } from "./texts/relay_health.ts";
import { SERVER_PANELS } from "./texts/server_detail.ts";
import { SLA_PANELS } from "./texts/sla.ts";
import { WORDS } from "./texts/words.ts";

/** A word or a heading. */
export type Word = Readonly<Record<Language, string>>;

/** A panel's title, and what it says and how it is counted. */
export interface PanelText extends Word {
  readonly koHelp: string;
  readonly enHelp: string;
}

/** All panels by a key that names dashboard and panel. */
export const PANEL_TEXTS = {
  ...OVERVIEW_PANELS,
  ...CUSTOMER_PANELS,
  ...SERVER_PANELS,
  ...SLA_PANELS,
  ...RELAY_PANELS,
} as const satisfies Record<string, PanelText>;

/** Names a panel. */
export type PanelKey = keyof typeof PANEL_TEXTS;
/** Names a word. */
export type WordKey = keyof typeof WORDS;

/** The texts in one language. */
export class Texts {
  /** Keys that were asked for. */
  readonly used = new Set<string>();

  constructor(readonly language: Language) {}

  word(key: WordKey): string {
    this.used.add(key);
    return WORDS[key][this.language];
  }

  title(key: PanelKey): string {
    this.used.add(key);
    return PANEL_TEXTS[key][this.language];
  }

  /** Korean help starts with the English title, for colleagues abroad. */
  help(key: PanelKey): string {
    this.used.add(key);
    const { en, enHelp, koHelp } = PANEL_TEXTS[key];
    return this.language === "ko" ? `${en} — ${koHelp}` : enHelp;
  }
}

/** Keys of the whole table. */
export const TEXT_KEYS: readonly string[] = [
  ...Object.keys(WORDS),
  ...Object.keys(PANEL_TEXTS),
];
