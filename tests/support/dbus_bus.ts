/** Message buses for tests: Debian's dbus-daemon, and ends of our own. */
import { join } from "node:path";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { Child } from "../../deploy/parts/process.ts";

/** A bus that listens at a path. */
export interface TestBus extends AsyncDisposable {
  readonly path: string;
}

/** Starts the real dbus-daemon as a bus of its own. */
export async function startDbusDaemon(program: string): Promise<TestBus> {
  const dir = makeTempDir({ prefix: "dbus-" });
  const path = join(dir.path, "bus");
  const daemon = new Child([
    ...[program, "--session", "--nofork", "--print-address"],
    `--address=unix:path=${path}`,
  ]);
  await daemon.waitForLine("unix:path=");
  return {
    path,
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      dir.remove();
    },
  };
}

/**
 * A socket whose every connection is given to `serve`. Disposing closes what is
 * open; `serve` need not notice.
 */
export function listenAt(
  path: string,
  serve: (connection: Deno.UnixConn) => Promise<void>,
): AsyncDisposable {
  const listener = Deno.listen({ transport: "unix", path });
  const open = new Set<Deno.UnixConn>();
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      served.push(serve(connection).catch(() => {}));
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // `serve` has closed it.
        }
      }
      await accepting;
      await Promise.all(served);
    },
  };
}
