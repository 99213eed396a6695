/** Lets containers reach a program that listens on this machine's loopback. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A port at another address. */
export interface ForwardedPort extends AsyncDisposable {
  readonly port: number;
}

/** Passes connections to `hostname` on to 127.0.0.1:`targetPort`. */
export async function forwardPort(
  hostname: string,
  targetPort: number,
): Promise<ForwardedPort> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    client.pipe(target).pipe(client);
    for (const [one, other] of [[client, target], [target, client]] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => sockets.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
