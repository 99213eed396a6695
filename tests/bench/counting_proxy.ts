/** A TCP proxy that counts what passes: bytes on the wire, headers included. */
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A running proxy. */
export interface CountingProxy extends Disposable {
  readonly port: number;
  /** Bytes from clients to the server so far. */
  sentBytes(): number;
  /** When the server first answered, `performance.now()`; NaN before. */
  firstAnswerMs(): number;
}

/** Passes connections on to 127.0.0.1:`targetPort`. */
export async function startCountingProxy(
  targetPort: number,
): Promise<CountingProxy> {
  let sent = 0;
  let firstAnswerMs = NaN;
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    client.on("data", (chunk) => sent += chunk.length);
    upstream.on("data", () => {
      if (Number.isNaN(firstAnswerMs)) firstAnswerMs = performance.now();
    });
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  return {
    port: (server.address() as AddressInfo).port,
    sentBytes: () => sent,
    firstAnswerMs: () => firstAnswerMs,
    [Symbol.dispose]: () => void server.close(),
  };
}
