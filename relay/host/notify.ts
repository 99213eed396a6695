/** Messages to systemd, with the C library as Bun opens it. */
import { describeError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/log.ts";
import {
  createNotifier as createNotifierOn,
  type Notifier,
  notifySocketOf,
  SILENT_NOTIFIER,
  type SocketCalls,
} from "../../shared/sd_notify.ts";

/** glibc's name first, then musl's. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.so"];

/** Uses `NOTIFY_SOCKET` and `WATCHDOG_USEC` of the service's environment. */
export async function createNotifier(
  env: Readonly<Record<string, string | undefined>>,
  log: Logger,
): Promise<Notifier> {
  const target = notifySocketOf(env);
  if (target === undefined) return SILENT_NOTIFIER;
  try {
    return createNotifierOn(target, env, await openLibrary());
  } catch (error) {
    log.warn("systemd cannot be told", { error: describeError(error) });
    return SILENT_NOTIFIER;
  }
}

async function openLibrary(): Promise<SocketCalls> {
  // Only Bun has this module: loaded when it is needed, named by a variable so
  // that Deno can check the file.
  const name = "bun:ffi";
  const { dlopen } = await import(name) as {
    dlopen(path: string, symbols: object): { symbols: SocketCalls };
  };
  const signatures = {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: {
      args: ["i32", "ptr", "u64", "i32", "ptr", "u32"],
      returns: "i64",
    },
    close: { args: ["i32"], returns: "i32" },
  };
  let failure: unknown;
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, signatures).symbols;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
