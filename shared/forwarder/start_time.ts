/**
 * When central's process started, from its own metrics: if that changes, what it
 * accepted shortly before may be gone with its memory.
 */
import type { Fetch } from "../remote_write/push.ts";

/** Seconds since the epoch; `undefined` when it cannot be learnt now. */
export type ReadStartTime = (
  signal: AbortSignal,
) => Promise<number | undefined>;

/** What {@linkcode createStartTimeReader} works with. */
export interface StartTimeDeps {
  readonly fetch: Fetch;
  /** A page in the text exposition format, such as `http://central:8428/metrics`. */
  readonly url: string;
}

const START_TIME = /^vm_app_start_timestamp(?:\{[^}]*\})? ([0-9.e+]+)/m;
/**
 * Only VictoriaMetrics' storage has it. A proxy before it, such as vmauth or
 * Grafana, has a start time too, which says nothing about what is stored.
 */
const STORE = /^vm_free_disk_space_bytes\{/m;
const TIMEOUT_MS = 5_000;
/** Far above VictoriaMetrics' page of about 100 KB. */
const MAX_CHARS = 4 * 1024 ** 2;

/** Reads the start time at a URL. Whatever fails there is not worth a word. */
export function createStartTimeReader(
  { fetch, url }: StartTimeDeps,
): ReadStartTime {
  return async function readStartTime(signal) {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, TIMEOUT_MS);
    signal.addEventListener("abort", abort);
    try {
      const response = await fetch(url, { signal: controller.signal });
      const text = await readText(response);
      if (!STORE.test(text)) return undefined;
      const seconds = Number(START_TIME.exec(text)?.[1]);
      return response.ok && Number.isFinite(seconds) ? seconds : undefined;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  };
}

async function readText({ body }: Response): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < MAX_CHARS) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
