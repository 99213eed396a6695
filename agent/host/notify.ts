/** Messages to systemd, with the C library as Deno opens it. */
import { describeError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/log.ts";
import {
  createNotifier as createNotifierOn,
  type Notifier,
  notifySocketOf,
  SILENT_NOTIFIER,
} from "../../shared/sd_notify.ts";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: {
    parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
    result: "isize",
  },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** Uses `NOTIFY_SOCKET` and `WATCHDOG_USEC` of the service's environment. */
export function createNotifier(
  env: Readonly<Record<string, string>>,
  log: Logger,
): Notifier {
  const target = notifySocketOf(env);
  if (target === undefined) return SILENT_NOTIFIER;
  try {
    const { socket, sendto, close } = Deno.dlopen("libc.so.6", SYMBOLS).symbols;
    return createNotifierOn(target, env, {
      socket,
      sendto: (fd, bytes, length, ...rest) =>
        sendto(fd, bytes, BigInt(length), ...rest),
      close,
    });
  } catch (error) {
    log.warn("systemd cannot be told", { error: describeError(error) });
    return SILENT_NOTIFIER;
  }
}
