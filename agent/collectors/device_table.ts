/** The devices that a file or directory lists, from scrape to scrape. */
import { type Scanner, WordTable } from "./parse.ts";

interface Entry<T> {
  readonly device: T;
  /** Number of the scrape that listed it last. */
  listedIn: number;
}

/**
 * Keeps one object a device for as long as every scrape lists it. Between
 * {@linkcode begin} and {@linkcode end}, each listed device is looked up once.
 */
export class DeviceTable<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #words: WordTable<Entry<T>>;
  #scrape = 0;
  #index = 0;
  #isChanged = false;

  /** `create` makes the object of a device that was not listed before. */
  constructor(readonly create: (name: string) => T) {
    this.#words = new WordTable((name) => this.#entry(name));
  }

  /** Starts a scrape. */
  begin(): void {
    this.#scrape++;
    this.#index = 0;
  }

  /** The device that the scanner's last word names; makes no string. */
  at(scanner: Scanner): T {
    return this.#list(this.#words.at(this.#index++, scanner));
  }

  /** The device of that name. */
  named(name: string): T {
    return this.#list(this.#entry(name));
  }

  /**
   * Ends a scrape: forgets the devices that were not listed, after `onGone` for
   * each. True when the set of devices differs from the scrape before.
   */
  end(onGone: (device: T) => void = () => {}): boolean {
    // Devices of a scrape that failed before its end count as new in this one.
    let isChanged = this.#isChanged;
    this.#isChanged = false;
    for (const [name, entry] of this.#entries) {
      if (entry.listedIn === this.#scrape) continue;
      this.#entries.delete(name);
      onGone(entry.device);
      isChanged = true;
    }
    if (isChanged) this.#words.clear();
    return isChanged;
  }

  /** The devices that the last scrape listed, in order of their appearance. */
  *devices(): Iterable<T> {
    for (const { device } of this.#entries.values()) yield device;
  }

  #list(entry: Entry<T>): T {
    entry.listedIn = this.#scrape;
    return entry.device;
  }

  #entry(name: string): Entry<T> {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = { device: this.create(name), listedIn: this.#scrape };
      this.#entries.set(name, entry);
      this.#isChanged = true;
    }
    return entry;
  }
}
