/** Messages to systemd: ready, watchdog, status. Source: sd_notify(3). */

/** Sends one message; does nothing when systemd did not ask for any. */
export interface Notifier {
  /** `state` is lines such as `READY=1`. */
  send(...state: string[]): Promise<void>;
  /** How often systemd wants to hear from us, ms; `undefined` for never. */
  readonly watchdogMs: number | undefined;
  close(): void;
}

/** Uses `NOTIFY_SOCKET` and `WATCHDOG_USEC` of the service's environment. */
export function createNotifier(
  env: Readonly<Record<string, string>>,
): Notifier {
  const target = env["NOTIFY_SOCKET"];
  if (!target) {
    return { send: () => Promise.resolve(), watchdogMs: undefined, close() {} };
  }
  // "@" stands for the NUL byte of a name in the abstract namespace. Our own
  // end is abstract too, so that no file is left behind.
  const path = target.startsWith("@") ? `\0${target.slice(1)}` : target;
  const socket = Deno.listenDatagram({
    transport: "unixpacket",
    path: `\0msp-agent-notify-${Deno.pid}`,
  });
  const encoder = new TextEncoder();
  const watchdogUsec = Number(env["WATCHDOG_USEC"]);
  return {
    watchdogMs: watchdogUsec > 0 ? watchdogUsec / 1000 : undefined,
    async send(...state) {
      await socket.send(encoder.encode(state.join("\n")), {
        transport: "unixpacket",
        path,
      });
    },
    close: () => socket.close(),
  };
}
