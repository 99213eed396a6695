/** The kinds of values that settings have: text in, checked value out. */
import type { Problem } from "./config_text.ts";
import { nearest } from "./nearest.ts";
import { compileRe2 } from "./re2.ts";

/**
 * A value, or what is wrong with its text. `what` follows the setting's name and
 * value: `--interval "15"` + `has no unit`.
 */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | ({ readonly ok: false } & Problem);

/** How one kind of value is read. */
export interface Kind<T> {
  /** Stands for the value in the help text, for example `DURATION`. */
  readonly placeholder: string;
  /** A value that is right, for messages. */
  readonly example: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** The value of a flag without one; absent when a value is needed. */
  readonly alone?: string;
  /** Whether an empty text is a value; otherwise it counts as missing. */
  readonly emptyIsValue?: boolean;
  parse(text: string): Parsed<T>;
  /** The text without what must not be seen. */
  mask?(text: string): string;
}

/** Smallest and largest value of a kind, as texts of that kind. */
export interface Range {
  readonly min?: string;
  readonly max?: string;
}

/** A network address to listen on. */
export interface ListenAddress {
  /** Without brackets; `0.0.0.0` when only a port was given. */
  readonly hostname: string;
  /** 0 lets the system choose one. */
  readonly port: number;
}

/** A flag that is on or off: `--x` and `--no-x`, or `1` and `0` in a variable. */
export const toggle: Kind<boolean> = {
  placeholder: "",
  example: "true",
  choices: ["true", "false"],
  alone: "true",
  parse(text) {
    if (["true", "1", "yes", "on"].includes(text)) return accept(true);
    if (["false", "0", "no", "off"].includes(text)) return accept(false);
    return reject("is neither true nor false", "write true or false");
  },
};

/** One of `choices`; `hints` answers words that people are known to write. */
export function oneOf<const T extends string>(
  choices: readonly T[],
  hints: Readonly<Record<string, string>> = {},
): Kind<T> {
  return {
    placeholder: choices.join("|"),
    example: choices[0] ?? "",
    choices,
    parse(text) {
      const choice = choices.find((choice) => choice === text);
      if (choice !== undefined) return accept(choice);
      const near = nearest(text.toLowerCase(), choices);
      const list = `choose one: ${choices.join(", ")}`;
      const guess = near === undefined ? list : `did you mean ${near}? ${list}`;
      return reject("is not known", hints[text] ?? guess);
    },
  };
}

/** A time such as `15s`, `500ms`, `1m`; its value is in milliseconds. */
export function duration(range: Range = {}): Kind<number> {
  return quantity("DURATION", "15s", DURATION_MS, "a duration", range);
}

/** A size such as `256MiB`, `1GB`; its value is in bytes. */
export function bytes(range: Range = {}): Kind<number> {
  return quantity("SIZE", "256MiB", SIZE_BYTES, "a size", range);
}

/** A file or directory; with `absolute`, one that no working directory moves. */
export function filePath(
  { example, absolute = false }: { example: string; absolute?: boolean },
): Kind<string> {
  return {
    placeholder: example.endsWith("/") ? "DIR" : "FILE",
    example,
    parse(text) {
      if (text === "-") {
        return reject("names no file", `write ${example}`);
      }
      if (absolute && !text.startsWith("/")) {
        return reject("is a relative path", `write it from /: ${example}`);
      }
      return accept(text.length > 1 ? text.replace(/\/+$/, "") || "/" : text);
    },
  };
}

/** `127.0.0.1:9100`, `[::1]:9100`, `localhost:9100` or `:9100` for all of IPv4. */
export const listenAddress: Kind<ListenAddress> = {
  placeholder: "ADDRESS:PORT",
  example: "127.0.0.1:9100",
  parse(text) {
    const match = /^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]*):(\d{1,6})$/.exec(text);
    if (match === null || !isHost(match[1] ?? "")) {
      return reject(
        "is not an address with a port",
        "for example 127.0.0.1:9100",
      );
    }
    const port = Number(match[2]);
    if (port > 65_535) {
      return reject(`has port ${port}`, "a port is a number from 1 to 65535");
    }
    if (port > 0 && port < 1024) {
      return reject(
        `has port ${port}, which only root may open`,
        "choose a port from 1024 to 65535",
      );
    }
    const hostname = (match[1] ?? "").replace(/[[\]]/g, "") || "0.0.0.0";
    return accept({ hostname, port });
  },
};

/** An RE2 pattern; the empty one is `null` and means that there is no filter. */
export const pattern: Kind<RegExp | null> = {
  placeholder: "REGEX",
  example: "^eth",
  emptyIsValue: true,
  parse(text) {
    if (text === "") return accept(null);
    const compiled = compileRe2(text);
    return compiled.ok ? accept(compiled.regex) : compiled;
  },
};

/** Wraps a value. */
export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** Says what is wrong and what to do. */
export function reject(what: string, hint: string): Parsed<never> {
  return { ok: false, what, hint };
}

const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const SIZE_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

function quantity(
  placeholder: string,
  example: string,
  units: Readonly<Record<string, number>>,
  noun: string,
  { min, max }: Range,
): Kind<number> {
  const read = (text: string): Parsed<number> => {
    const match = /^(\d{1,15}(?:\.\d{1,9})?)\s?([A-Za-z]*)$/.exec(text);
    if (match === null) {
      return reject(`is not ${noun}`, `for example ${example}`);
    }
    const unit = unitOf(match[2] ?? "", units);
    if (unit === undefined) {
      const names = Object.keys(units).join(", ");
      return match[2] === ""
        ? reject("has no unit", `for example ${example}`)
        : reject(`has the unit "${match[2]}"`, `use one of ${names}`);
    }
    return accept(Math.round(Number(match[1]) * unit));
  };
  const bound = (text: string | undefined, otherwise: number): number => {
    const parsed = text === undefined ? undefined : read(text);
    return parsed?.ok ? parsed.value : otherwise;
  };
  const least = bound(min, 0);
  const most = bound(max, Number.MAX_SAFE_INTEGER);
  return {
    placeholder,
    example,
    parse(text) {
      const parsed = read(text);
      if (!parsed.ok) return parsed;
      if (parsed.value < least) {
        return reject(`is below ${min}`, `use ${min} or more`);
      }
      if (parsed.value > most) {
        return reject(`is above ${max}`, `use ${max ?? "less"} or less`);
      }
      return parsed;
    },
  };
}

/** Case matters for none of the units, so `256mib` is no reason to stop. */
function unitOf(
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const name = Object.keys(units).find((unit) =>
    unit.toLowerCase() === text.toLowerCase()
  );
  return name === undefined ? undefined : units[name];
}

function isHost(host: string): boolean {
  if (host === "") return true;
  return URL.canParse(`http://${host}/`);
}
