/** Values that must not be seen: tokens, and URLs that may hold them. */

const MASK = "[secret]";

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

/**
 * The URL without user name, password, query and fragment. A text that is no
 * URL is cut by the same marks, because a wrong URL may hold a password too.
 */
export function sanitizeUrl(url: string | URL): string {
  const [bare = ""] = String(url).split(/[?#]/, 1);
  // Greedy up to the last "@" before the path: passwords may hold one.
  return bare.replace(/^([^/]*\/\/)?[^/]*@/, "$1");
}
