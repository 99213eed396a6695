/**
 * Run by Bun, from bun_test.ts: packs and unpacks a request, and pushes it to
 * each address of the JSON list in the first argument; prints JSON.
 */
import process from "node:process";
import { STALE_NAN_BITS } from "../../../shared/model.ts";
import { decodeWriteRequest } from "../../../shared/remote_write/decode.ts";
import { encodeWriteRequest } from "../../../shared/remote_write/encode.ts";
import { createPush } from "../../../shared/remote_write/push.ts";
import {
  checkSnappy,
  compress,
  mergeSnappy,
  uncompress,
} from "../../../shared/remote_write/snappy.ts";
import { summarizeWriteRequest } from "../../../shared/remote_write/summarize.ts";

const [urls = "[]", ca = ""] = process.argv.slice(2);

const request = encodeWriteRequest({
  series: [{
    labels: [{ name: "__name__", value: "up" }],
    samples: [{
      value: NaN,
      timestampMs: 1_700_000_015_000,
      nanBits: STALE_NAN_BITS,
    }],
  }],
});
const block = compress(request);
const merged = uncompress(mergeSnappy([block, block]), 1000);
const read = decodeWriteRequest(merged);

const outcomes: string[] = [];
for (const url of JSON.parse(urls) as string[]) {
  const push = createPush({
    // `tls` is Bun's own addition to fetch.
    fetch: (url, init) => fetch(url, { ...init, tls: { ca } } as RequestInit),
    clock: { nowMs: () => Date.now() },
    url,
    expectAck: false,
    // A first TLS handshake on a busy machine takes its time.
    timeoutMs: 3_000,
    userAgent: "msp-relay/1.2.3",
  });
  const outcome = await push(block, { encoding: "snappy", attempt: 1 });
  outcomes.push("code" in outcome ? outcome.code : outcome.kind);
}

process.stdout.write(JSON.stringify({
  pb: request.toHex(),
  block: checkSnappy(block, { maxUncompressedBytes: 1000 }),
  nanBits: read.series.map((s) => String(s.samples[0]?.nanBits)),
  samples: summarizeWriteRequest(merged).samples,
  outcomes,
}));
process.exit(0);
