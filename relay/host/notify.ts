/**
 * Messages to systemd: ready, watchdog, status. Source: sd_notify(3), unix(7).
 *
 * Neither Bun nor its `node:dgram` has datagram sockets of the UNIX domain, so
 * the three calls of the C library are made directly.
 */
import { describeError } from "../../shared/errors.ts";
import type { Logger } from "../../shared/log.ts";

/** Sends one message; does nothing when systemd did not ask for any. */
export interface Notifier {
  /** `state` is lines such as `READY=1`. Never throws. */
  send(...state: string[]): void;
  /** How often systemd wants to hear from us, ms; `undefined` for never. */
  readonly watchdogMs: number | undefined;
  close(): void;
}

/** The C library's calls. */
interface Sockets {
  socket(domain: number, type: number, protocol: number): number;
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number;
  close(fd: number): number;
}

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
/** glibc's name first, then musl's. */
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.so"];

/** Uses `NOTIFY_SOCKET` and `WATCHDOG_USEC` of the service's environment. */
export async function createNotifier(
  env: Readonly<Record<string, string | undefined>>,
  log: Logger,
): Promise<Notifier> {
  const target = env["NOTIFY_SOCKET"];
  const none = { send() {}, watchdogMs: undefined, close() {} };
  if (!target) return none;
  let sockets: Sockets;
  try {
    sockets = await openLibrary();
  } catch (error) {
    log.warn("systemd cannot be told", { error: describeError(error) });
    return none;
  }
  const address = socketAddress(target);
  const fd = sockets.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  const encoder = new TextEncoder();
  const watchdogUsec = Number(env["WATCHDOG_USEC"]);
  return {
    watchdogMs: watchdogUsec > 0 ? watchdogUsec / 1000 : undefined,
    send(...state) {
      const bytes = encoder.encode(state.join("\n"));
      sockets.sendto(
        fd,
        bytes,
        bytes.length,
        MSG_DONTWAIT_NOSIGNAL,
        address,
        address.length,
      );
    },
    close: () => void sockets.close(fd),
  };
}

/**
 * `struct sockaddr_un`: the family, then the path. "@" stands for the NUL byte
 * of a name in the abstract namespace.
 */
export function socketAddress(target: string): Uint8Array {
  const isAbstract = target.startsWith("@");
  const path = new TextEncoder().encode(
    isAbstract ? `\0${target.slice(1)}` : `${target}\0`,
  );
  const address = new Uint8Array(2 + path.length);
  // Both architectures that the relay is built for are little-endian.
  address[0] = AF_UNIX;
  address.set(path, 2);
  return address;
}

async function openLibrary(): Promise<Sockets> {
  // Only Bun has this module: loaded when it is needed, named by a variable so
  // that Deno can check the file.
  const name = "bun:ffi";
  const { dlopen } = await import(name) as {
    dlopen(path: string, symbols: object): { symbols: Sockets };
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
