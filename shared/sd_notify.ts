/**
 * Messages to systemd: ready, watchdog, status. Source: sd_notify(3), unix(7).
 *
 * Bun has no datagram sockets of the UNIX domain, and not every Deno takes the
 * name of one in the abstract namespace. So the three calls of the C library
 * are made directly; each program opens the library with its runtime.
 */

/** Sends messages; does nothing when systemd did not ask for any. */
export interface Notifier {
  /**
   * Sends one message and does not wait: neither a systemd that is gone nor one
   * that reads nothing may stop a program. `state` is lines such as `READY=1`.
   */
  send(...state: string[]): void;
  /** How often systemd wants to hear from us, ms; `undefined` for never. */
  readonly watchdogMs: number | undefined;
  close(): void;
}

/** The C library's calls. */
export interface SocketCalls {
  socket(domain: number, type: number, protocol: number): number;
  sendto(
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    addressLength: number,
  ): number | bigint;
  close(fd: number): number;
}

type Env = Readonly<Record<string, string | undefined>>;

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;

/** What a program has that no systemd started. */
export const SILENT_NOTIFIER: Notifier = {
  send() {},
  watchdogMs: undefined,
  close() {},
};

/** The value of NOTIFY_SOCKET; `undefined` when nobody wants messages. */
export function notifySocketOf(env: Env): string | undefined {
  return env["NOTIFY_SOCKET"] || undefined;
}

/** Sends to the socket `target`; `env` says how often. */
export function createNotifier(
  target: string,
  env: Env,
  calls: SocketCalls,
): Notifier {
  const address = socketAddress(target);
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  const encoder = new TextEncoder();
  const watchdogUsec = Number(env["WATCHDOG_USEC"]);
  return {
    watchdogMs: watchdogUsec > 0 ? watchdogUsec / 1000 : undefined,
    send(...state) {
      const bytes = encoder.encode(state.join("\n"));
      calls.sendto(
        fd,
        bytes,
        bytes.length,
        MSG_DONTWAIT_NOSIGNAL,
        address,
        address.length,
      );
    },
    close: () => void calls.close(fd),
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
  // Both architectures that we build for are little-endian.
  address[0] = AF_UNIX;
  address.set(path, 2);
  return address;
}
