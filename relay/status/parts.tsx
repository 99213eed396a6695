/** @jsxImportSource hono/jsx */
/** Small pieces that several sections of the status page use. */
import type { Child } from "hono/jsx";
import { formatTime, isoTime } from "./format.ts";
import { ago, type View } from "./view.ts";

/** How something is: told by shape and word, and by colour besides. */
export type Tone = "good" | "warn" | "bad" | "calm";

/** One shape each, so that nobody needs to tell colours apart. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22Zm-1.5 16L5.6 12.1l1.9-1.9" +
    " 3 3 6-6 1.9 1.9Z",
  warn: "M12 1.5 23.5 22H.5ZM10.7 8.5V15h2.6V8.5ZM10.7 17v2.5h2.6V17Z",
  bad: "M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4ZM8 6.1" +
    "L6.1 8l4 4-4 4L8 17.9l4-4 4 4 1.9-1.9-4-4 4-4L16 6.1l-4 4Z",
  calm: "M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22ZM10.7 6h2.6v5.5l3.7" +
    " 3.7-1.8 1.8-4.5-4.5Z",
};

/** The shapes, drawn once; a page of 200 rows refers to them. */
export function IconDefinitions(): Child {
  return (
    <svg width="0" height="0" class="unseen" aria-hidden="true">
      {Object.entries(SHAPES).map(([tone, path]) => (
        <symbol key={tone} id={`i-${tone}`} viewBox="0 0 24 24">
          <path d={path} fill="currentColor" fill-rule="evenodd" />
        </symbol>
      ))}
    </svg>
  );
}

/** The shape of a tone; the word beside it says the same. */
export function Icon({ tone }: { readonly tone: Tone }): Child {
  return (
    <svg class={`icon ${tone}`} aria-hidden="true">
      <use href={`#i-${tone}`} />
    </svg>
  );
}

/** The picture in the browser's tab. */
export function iconAddress(tone: Tone): string {
  const colour = { good: "1a8a4c", warn: "c98a12", bad: "cc2b20", calm: "667" };
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">` +
    `<path fill="#${colour[tone]}" fill-rule="evenodd" d="${SHAPES[tone]}"/>` +
    `</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** A time of day; the browser writes it in the reader's zone. */
function Clock({ ms }: { readonly ms: number }): Child {
  return <time datetime={isoTime(ms)} data-clock="">{formatTime(ms)}</time>;
}

/** A sentence with a time of day in it; where, the language says. */
export function Sentence(
  { text, ms }: {
    readonly text: (time: string) => string;
    readonly ms: number;
  },
): Child {
  const [before, after] = text("\n").split("\n");
  return (
    <>
      {before}
      <Clock ms={ms} />
      {after}
    </>
  );
}

/** How long ago something was. */
export function Ago(
  { view, ms }: { readonly view: View; readonly ms: number },
): Child {
  return <time datetime={isoTime(ms)}>{ago(view, ms)}</time>;
}

/** One name and its value in a list of facts. */
export function Fact(
  { name, wide, children }: {
    readonly name: string;
    /** Takes a line of its own. */
    readonly wide?: boolean;
    readonly children?: Child;
  },
): Child {
  return (
    <div class={wide === true ? "wide" : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
