/** Messages to systemd: ready, watchdog, status. Source: sd_notify(3). */

/** Sends messages; does nothing when systemd did not ask for any. */
export interface Notifier {
  /**
   * Sends one message behind those before it, and does not wait: neither a
   * systemd that is gone nor one that reads nothing may stop the agent. `state`
   * is lines such as `READY=1`.
   */
  send(...state: string[]): void;
  /** How often systemd wants to hear from us, ms; `undefined` for never. */
  readonly watchdogMs: number | undefined;
  close(): void;
}

/** Messages kept while systemd reads none; later ones are left out. */
const MAX_WAITING = 16;

/** Uses `NOTIFY_SOCKET` and `WATCHDOG_USEC` of the service's environment. */
export function createNotifier(
  env: Readonly<Record<string, string>>,
): Notifier {
  const target = env["NOTIFY_SOCKET"];
  if (!target) return { send() {}, watchdogMs: undefined, close() {} };
  // "@" stands for the NUL byte of a name in the abstract namespace. Our own
  // end is abstract too, so that no file is left behind.
  const path = target.startsWith("@") ? `\0${target.slice(1)}` : target;
  const socket = Deno.listenDatagram({
    transport: "unixpacket",
    path: `\0msp-agent-${crypto.randomUUID()}`,
  });
  const queue = createQueue((message) =>
    socket.send(message, { transport: "unixpacket", path })
  );
  const encoder = new TextEncoder();
  const watchdogUsec = Number(env["WATCHDOG_USEC"]);
  return {
    watchdogMs: watchdogUsec > 0 ? watchdogUsec / 1000 : undefined,
    send: (...state) => queue(encoder.encode(state.join("\n"))),
    close: () => socket.close(),
  };
}

/** One at a time: Deno refuses a second send during the first. */
function createQueue(
  send: (message: Uint8Array) => Promise<unknown>,
): (message: Uint8Array) => void {
  const waiting: Uint8Array[] = [];
  let isSending = false;
  const drain = async () => {
    isSending = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await send(next);
      } catch {
        // Nobody listens, or we are closing: the next message may get through.
      }
    }
    isSending = false;
  };
  return (message) => {
    if (waiting.length < MAX_WAITING) waiting.push(message);
    if (!isSending) void drain();
  };
}
