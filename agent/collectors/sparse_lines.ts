/** Long files of `key value` lines of which only a few are shown. */
import type { Reading } from "../../shared/metrics.ts";
import { asciiText, Scanner } from "./parse.ts";
import { type Output, ProcParseError } from "./types.ts";

/**
 * A key may appear while the kernel runs (Icmp6InType135 with its first
 * message), so the keys are looked through again after this many scrapes.
 */
const LEARN_EVERY_SCRAPES = 20;

/** A line that is shown. */
interface WantedLine {
  /** The key with the blank or tab after it. */
  readonly needle: string;
  readonly reading: Reading;
}

/**
 * Finds the wanted keys by native search in the order in which the kernel writes
 * them: 3 µs for the 192 lines of /proc/vmstat, where walking over them takes 17.
 */
export class SparseLines {
  readonly #file: string;
  readonly #readingOf: (key: string) => Reading | null;
  readonly #readings = new Map<string, Reading | null>();
  readonly #scanner = new Scanner();
  readonly #wanted: WantedLine[] = [];
  /** Where the values of the wanted lines begin. */
  readonly #places: number[] = [];
  #scrapesToLearn = 0;

  /** `readingOf` gives the reading of a key, or `null` for one that is not shown. */
  constructor(file: string, readingOf: (key: string) => Reading | null) {
    this.#file = file;
    this.#readingOf = readingOf;
  }

  /**
   * Sets the readings of the file. Lines without a value are skipped.
   *
   * @throws {ProcParseError} when a shown value is not a number
   */
  parse(bytes: Uint8Array, out: Output): void {
    const text = asciiText(this.#file, bytes);
    const scanner = this.#scanner.reset(bytes);
    if (this.#scrapesToLearn-- === 0 || !this.#find(text)) {
      this.#learn(text);
      this.#scrapesToLearn = LEARN_EVERY_SCRAPES;
    }
    for (let i = 0; i < this.#wanted.length; i++) {
      const { reading } = this.#wanted[i]!;
      if (!scanner.seek(this.#places[i]!).word()) continue;
      const value = scanner.value();
      if (Number.isNaN(value)) {
        throw new ProcParseError(this.#file, `${reading.name} is not a number`);
      }
      out.set(reading, value);
    }
  }

  /** Whether all wanted lines are there, in the order of the last time. */
  #find(text: string): boolean {
    let at = 0;
    for (let i = 0; i < this.#wanted.length; i++) {
      const { needle } = this.#wanted[i]!;
      at = text.indexOf(needle, at);
      // The end of a longer key looks the same.
      while (at > 0 && text[at - 1] !== "\n") at = text.indexOf(needle, at + 1);
      if (at < 0) return false;
      at += needle.length;
      this.#places[i] = at;
    }
    return true;
  }

  #learn(text: string): void {
    this.#wanted.length = 0;
    for (const line of text.matchAll(/^([^ \t\n]+)[ \t]/gm)) {
      const [needle, key = ""] = line;
      let reading = this.#readings.get(key);
      if (reading === undefined) {
        reading = this.#readingOf(key);
        this.#readings.set(key, reading);
      }
      if (reading === null) continue;
      this.#places[this.#wanted.length] = line.index + needle.length;
      this.#wanted.push({ needle, reading });
    }
  }
}
