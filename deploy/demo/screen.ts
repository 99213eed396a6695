/** Where the demo draws: a terminal that redraws in place, or plain lines. */

/** Standard output. */
export interface Output {
  write(text: string): void;
  /**
   * Of the terminal, asked before every frame; it may have been resized. Lines
   * leave the last column free: erasing behind it would erase it too.
   */
  size(): { readonly columns: number; readonly rows: number };
}

/** Size where nothing says another, as for a pipe. */
export const PLAIN_SIZE = { columns: 100, rows: 24 } as const;

/** Another page of the terminal without a cursor; the person's stays below. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** Terminals that know these show a frame when it is complete. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";
const HOME = "\x1b[H";
const CLEAR_LINE_REST = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** A terminal's page of our own. */
export interface Screen {
  /** Shows the lines instead of the ones before. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back; a second call does nothing. */
  close(): void;
}

/** Takes the terminal until `close`. */
export function openScreen(output: Output): Screen {
  let isOpen = true;
  output.write(ENTER);
  return {
    draw(lines) {
      if (!isOpen) return;
      // Lines are written over each other: nothing is cleared that comes back.
      const text = lines.map((line) => `${line}${CLEAR_LINE_REST}`)
        .join("\r\n");
      output.write(
        `${BEGIN_FRAME}${HOME}${text}${CLEAR_BELOW}${END_FRAME}`,
      );
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      output.write(LEAVE);
    },
  };
}
