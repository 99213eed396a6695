/** A TCP proxy that can be cut, as a broken line is, and can be slow. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Server } from "node:net";

/** Where connections go. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** A line between two programs. */
export class Link implements AsyncDisposable {
  /** Added to the way of every byte, in each direction, ms. */
  delayMs = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(target: Target) {
    this.#server = createServer((client) => this.#join(client, target));
  }

  /** Listens on a free port of `hostname`. */
  static async open(hostname: string, target: Target): Promise<Link> {
    const link = new Link(target);
    // Thousands of senders come back at once.
    const backlog = 4096;
    await new Promise<void>((resolve, reject) => {
      link.#server.once("error", reject);
      link.#server.listen(0, hostname, backlog, resolve);
    });
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets all connections, and each new one, until {@linkcode mend}. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, { hostname, port }: Target): void {
    if (this.#isCut) return void client.destroy();
    const server = connect(port, hostname);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      this.#sockets.add(from);
      this.#pass(from, to);
    }
  }

  #pass(from: Socket, to: Socket): void {
    /** When the last bytes were let go: later ones must not overtake them. */
    let freeAtMs = 0;
    const later = (step: () => void) => {
      const nowMs = performance.now();
      freeAtMs = Math.max(freeAtMs, nowMs + this.delayMs);
      if (freeAtMs <= nowMs) step();
      else setTimeout(step, freeAtMs - nowMs);
    };
    from.on("data", (bytes) =>
      later(() => {
        if (!to.destroyed && !to.write(bytes)) from.pause();
      }));
    to.on("drain", () => from.resume());
    from.on("end", () => later(() => to.end()));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      later(() => to.destroySoon());
    });
  }
}
