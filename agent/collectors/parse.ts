/**
 * Parsing of the kernel's text files as bytes: most of a scrape is numbers, and
 * a string for each would cost more than the rest of it.
 */
import { ProcParseError } from "./types.ts";

const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const LOWER_A = 0x61;
const LOWER_F = 0x66;
/** Turns `A` into `a`, and leaves digits alone. */
const LOWER_CASE_BIT = 0x20;
/** More decimal digits do not fit a double exactly. */
const EXACT_DIGITS = 15;
/** 2^52: more hexadecimal digits do not fit a double exactly. */
const EXACT_HEX_DIGITS = 13;
const POWERS_OF_TEN = Array.from({ length: 16 }, (_, i) => 10 ** i);

const decoder = new TextDecoder();

/**
 * Walks over lines and words. Reused from scrape to scrape; positions are
 * offsets into the bytes given to {@linkcode reset}.
 */
export class Scanner {
  #bytes: Uint8Array = new Uint8Array();
  #next = 0;
  /** Where the next word is looked for. */
  pos = 0;
  /** End of the current line, without its newline. */
  lineEnd = 0;
  /** Bounds of the last word that {@linkcode word} found. */
  wordStart = 0;
  wordEnd = 0;

  /** Starts over at the first line of `bytes`. */
  reset(bytes: Uint8Array): this {
    this.#bytes = bytes;
    this.#next = 0;
    this.pos = 0;
    this.lineEnd = 0;
    return this;
  }

  /** Moves to the next line; false at the end. */
  line(): boolean {
    const bytes = this.#bytes;
    if (this.#next >= bytes.length) return false;
    this.pos = this.#next;
    let end = bytes.indexOf(NEWLINE, this.#next);
    if (end < 0) end = bytes.length;
    this.lineEnd = end;
    this.#next = end + 1;
    return true;
  }

  /** Moves to the place `pos` of the bytes, inside or at the start of a line. */
  seek(pos: number): this {
    const end = this.#bytes.indexOf(NEWLINE, pos);
    this.pos = pos;
    this.lineEnd = end < 0 ? this.#bytes.length : end;
    this.#next = this.lineEnd + 1;
    return this;
  }

  /** Moves to the next word of the line, split on blanks and tabs; false at its end. */
  word(): boolean {
    const bytes = this.#bytes;
    const end = this.lineEnd;
    let at = this.pos;
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
    if (at >= end) return false;
    this.wordStart = at;
    while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
    this.wordEnd = at;
    this.pos = at;
    return true;
  }

  /** The last word as text. */
  text(): string {
    return decoder.decode(this.#bytes.subarray(this.wordStart, this.wordEnd));
  }

  /**
   * The last word, without its first `skip` bytes, as a decimal number that is
   * rounded once; NaN when it is not one.
   */
  value(skip = 0): number {
    const bytes = this.#bytes;
    const start = this.wordStart + skip;
    const end = this.wordEnd;
    // Anything but a short run of digits with a point takes the slow path.
    if (start >= end || end - start > EXACT_DIGITS) {
      return this.#valueOfText(start);
    }
    let value = 0;
    let point = -1;
    for (let at = start; at < end; at++) {
      const digit = bytes[at]!;
      if (digit >= ZERO && digit <= NINE) {
        value = value * 10 + (digit - ZERO);
      } else if (digit === POINT && point < 0 && at > start) {
        point = at;
      } else {
        return this.#valueOfText(start);
      }
    }
    // Both are exact, so the division is the only rounding: what Number() gives.
    return point < 0 ? value : value / POWERS_OF_TEN[end - point - 1]!;
  }

  /** The last word as a hexadecimal number, rounded once; NaN when it is not one. */
  hexValue(): number {
    const bytes = this.#bytes;
    if (this.wordEnd - this.wordStart > EXACT_HEX_DIGITS) {
      return this.#hexValueOfText();
    }
    let value = 0;
    for (let at = this.wordStart; at < this.wordEnd; at++) {
      const byte = bytes[at]!;
      const letter = byte | LOWER_CASE_BIT;
      if (byte >= ZERO && byte <= NINE) {
        value = value * 16 + (byte - ZERO);
      } else if (letter >= LOWER_A && letter <= LOWER_F) {
        value = value * 16 + (letter - LOWER_A + 10);
      } else {
        return NaN;
      }
    }
    return value;
  }

  /** The next word as a number; NaN when there is none or it is not one. */
  number(): number {
    return this.word() ? this.value() : NaN;
  }

  /** Moves to the next word if it has exactly these bytes: one pass, no search. */
  take(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    let start = this.pos;
    while (bytes[start] === SPACE || bytes[start] === TAB) start++;
    const end = start + expected.length;
    if (end > this.lineEnd) return false;
    for (let i = 0; i < expected.length; i++) {
      if (bytes[start + i] !== expected[i]) return false;
    }
    if (end < this.lineEnd && bytes[end] !== SPACE && bytes[end] !== TAB) {
      return false;
    }
    this.wordStart = start;
    this.wordEnd = end;
    this.pos = end;
    return true;
  }

  /** Whether the last word has exactly these bytes. */
  wordIs(expected: Uint8Array): boolean {
    return this.wordEnd - this.wordStart === expected.length &&
      this.#matches(expected);
  }

  /** Whether the last word begins with these bytes. */
  wordStartsWith(expected: Uint8Array): boolean {
    return this.wordEnd - this.wordStart >= expected.length &&
      this.#matches(expected);
  }

  /** A copy of the last word's bytes. */
  wordBytes(): Uint8Array {
    return this.#bytes.slice(this.wordStart, this.wordEnd);
  }

  #matches(expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) {
      if (this.#bytes[this.wordStart + i] !== expected[i]) return false;
    }
    return true;
  }

  #valueOfText(start: number): number {
    const text = decoder.decode(this.#bytes.subarray(start, this.wordEnd));
    return /^-?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  }

  #hexValueOfText(): number {
    const text = this.text();
    return /^[0-9a-f]+$/i.test(text) ? Number(BigInt(`0x${text}`)) : NaN;
  }
}

/**
 * Remembers what the word at each place of a file stands for. The kernel writes
 * the same keys in the same order, so the usual look-up is one comparison of
 * bytes and makes no string.
 */
export class WordTable<T> {
  readonly #words: Uint8Array[] = [];
  readonly #values: T[] = [];
  readonly #byText = new Map<string, T>();

  /** `resolve` gives the meaning of a word that was not seen before. */
  constructor(readonly resolve: (word: string) => T) {}

  /**
   * Moves to the line's next word, which stands at place `index` of the file,
   * and gives its meaning; `undefined` at the end of the line.
   */
  next(index: number, scanner: Scanner): T | undefined {
    const known = this.#words[index];
    if (known !== undefined && scanner.take(known)) return this.#values[index];
    return scanner.word() ? this.at(index, scanner) : undefined;
  }

  /** The meaning of the scanner's last word, which stands at place `index`. */
  at(index: number, scanner: Scanner): T {
    const known = this.#words[index];
    if (known !== undefined && scanner.wordIs(known)) {
      return this.#values[index]!;
    }
    const text = scanner.text();
    let value = this.#byText.get(text);
    if (value === undefined) {
      value = this.resolve(text);
      this.#byText.set(text, value);
    }
    this.#words[index] = scanner.wordBytes();
    this.#values[index] = value;
    return value;
  }

  /** Forgets everything, when devices that come and go have filled the table. */
  clear(): void {
    this.#words.length = 0;
    this.#values.length = 0;
    this.#byText.clear();
  }
}

/** Bytes of an ASCII literal, for {@linkcode Scanner.wordIs}. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * The whole of a file as text, whose indexes are those of the bytes. Decoding
 * and searching are native: 10 times faster than walking over 4 KB of bytes.
 *
 * @throws {ProcParseError} when a byte is not ASCII
 */
export function asciiText(file: string, bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  if (text.length !== bytes.length) {
    throw new ProcParseError(file, "a byte is not ASCII");
  }
  return text;
}

/** Whether two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
