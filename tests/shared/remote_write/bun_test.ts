/** The relay runs on Bun: the same code, the same bytes, the same names. */
import { assertEquals } from "../../support/assert.ts";
import {
  startRawReceiver,
  startReceiver,
  type TlsFiles,
  unusedPort,
} from "../../support/mock_receiver.ts";
import { STALE_NAN_BITS } from "../../../shared/model.ts";

const BUN = new URL("../../../node_modules/.bin/bun", import.meta.url).pathname;
const SCRIPT = new URL("./under_bun.ts", import.meta.url).pathname;

Deno.test({
  name: "remote_write codes and pushes under Bun as under Deno (needs bun)",
  ignore: !isFile(BUN),
  async fn() {
    await using ok = startReceiver(() => new Response(null, { status: 204 }));
    await using busy = startReceiver(() => new Response("", { status: 503 }));
    await using silent = await startRawReceiver(() => {});
    await using cut = await startRawReceiver((socket) => socket.destroy());
    await using odd = await startRawReceiver((socket) =>
      socket.end("HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n")
    );
    await using good = startReceiver(() => new Response(null), tls("good"));
    await using expired = startReceiver(
      () => new Response(null),
      tls("expired"),
    );
    await using wrong = startReceiver(
      () => new Response(null),
      tls("wrong_host"),
    );
    const expected: [url: string, outcome: string][] = [
      [ok.url, "delivered"],
      [busy.url, "503"],
      [silent.url, "timeout"],
      [cut.url, "reset"],
      [odd.url, "http"],
      [good.url, "delivered"],
      [expired.url, "tls"],
      [wrong.url, "tls"],
      [`https://127.0.0.1:${ok.port}/`, "tls"],
      [`http://127.0.0.1:${unusedPort()}/`, "connect"],
      [`http://${"x".repeat(64)}.test/`, "dns"],
    ];

    const said = await runBun(expected.map(([url]) => url));

    assertEquals(said, {
      // Golden vector B.
      pb:
        "0a220a0e0a085f5f6e616d655f5f12027570121009020000000000f07f1098c596ffbc31",
      block: { ok: true, uncompressedBytes: 36 },
      nanBits: [String(STALE_NAN_BITS), String(STALE_NAN_BITS)],
      samples: 2,
      outcomes: expected.map(([, outcome]) => outcome),
    });
    assertEquals(
      ok.received[0]?.headers.get("user-agent"),
      "msp-relay/1.2.3",
    );
  },
});

async function runBun(urls: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await new Deno.Command(BUN, {
    args: ["run", SCRIPT, JSON.stringify(urls), readTls("ca.crt")],
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout);
  return text === "" ? decoder.decode(stderr) : JSON.parse(text);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function tls(name: string): TlsFiles {
  return { cert: readTls(`${name}.crt`), key: readTls(`${name}.key`) };
}

function readTls(name: string): string {
  return Deno.readTextFileSync(
    new URL(`../../fixtures/tls/${name}`, import.meta.url),
  );
}
