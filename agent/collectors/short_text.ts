/** Short files that every scrape reads and that hardly ever change. */
import type { HostFiles } from "../host/files.ts";
import { sameBytes } from "./parse.ts";

const decoder = new TextDecoder();

/** A file of one line, made into text only when its bytes have changed. */
export class ShortText {
  /** The content without the blanks around it; empty before the first reading. */
  text = "";
  #bytes: Uint8Array | undefined;

  constructor(readonly files: HostFiles, readonly path: string) {}

  /**
   * Reads the file; true at first and whenever it has changed.
   * @throws {HostFileError} when it cannot be read
   */
  refresh(): boolean {
    const bytes = this.files.read(this.path);
    if (this.#bytes !== undefined && sameBytes(bytes, this.#bytes)) {
      return false;
    }
    this.#bytes = bytes.slice();
    this.text = decoder.decode(bytes).trim();
    return true;
  }
}
