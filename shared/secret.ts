/** Values that must not be seen: tokens, and URLs that may hold them. */

const MASK = "[secret]";
/** Tokens as `mspctl` makes them have 64. */
const HEX_DIGITS = /[0-9a-f]{32,}/gi;

/** A text that prints as a mask wherever it is printed by mistake. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that sends it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  /** What both runtimes' console prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

/** Whether someone gave a token where something else belongs. */
export function looksLikeToken(text: string): boolean {
  return !text.includes("/") && text.search(HEX_DIGITS) >= 0;
}

/** The text without what looks like a token; a path is none, whatever it holds. */
export function maskTokens(text: string): string {
  return text.includes("/") ? text : text.replace(HEX_DIGITS, MASK);
}

/**
 * The URL as written, without user name, password, query and fragment. Of a text
 * that is no URL, everything up to the last "@" goes: its password may hold any
 * character.
 */
export function sanitizeUrl(url: string | URL): string {
  const text = String(url);
  const bare = URL.canParse(text) && /^https?:\/\//i.test(text)
    ? text.replace(/^(\w+:\/\/)[^/?#]*@/, "$1")
    : text.replace(/^(\w+:\/\/)?[^]*@/, "$1");
  return bare.split(/[?#]/, 1)[0] ?? "";
}
