/**
 * A byte of a sealed segment flips while its frames wait for delivery. What that
 * frame held is lost on purpose; it must be set aside and counted.
 */
import { waitUntil } from "../../../deploy/parts/wait.ts";
import { decodeWriteRequest } from "../../../shared/remote_write/decode.ts";
import { uncompress } from "../../../shared/remote_write/snappy.ts";
import { BLOCK_BYTES } from "../../../shared/spool/frame.ts";
import { nodeDisk } from "../../../shared/spool/node_disk.ts";
import { scanSegment } from "../../../shared/spool/scan.ts";
import { parseSegmentName } from "../../../shared/spool/segment.ts";
import { type Fault, type FlippedRecord, pick } from "./fault.ts";

interface Place extends FlippedRecord {
  readonly path: string;
  /** Of the byte. */
  readonly offset: number;
}

/** Candidates are enough to pick from. */
const CANDIDATES = 20;

/** The relay is cut off and stopped, which seals; its line is mended at the end. */
export const BYTE_FLIPPED: Fault = {
  name: "byte flipped",
  async begin({ relay }, random) {
    relay.uplink.cut();
    const cutMs = Date.now();
    await waitUntil(() => Date.now() > cutMs + 3_000, {
      what: "some seconds without central",
      everyMs: 500,
    });
    await relay.program.stop();
    const candidates = await undelivered(relay.spool, cutMs + 1_000);
    const chosen = pick(candidates, random);
    if (chosen === undefined) throw new Error("no sender's frame is waiting");
    flip(chosen);
    await relay.program.start();
    const { serverName, timestampMs, samples } = chosen;
    return {
      target: `a frame of ${serverName}`,
      silences: "relay",
      flipped: { serverName, timestampMs, samples },
      end: () => Promise.resolve(relay.uplink.mend()),
    };
  },
};

/** Frames of simulated senders that came since then, in sealed segments. */
async function undelivered(spool: string, sinceMs: number): Promise<Place[]> {
  const found: Place[] = [];
  for (const { name } of Deno.readDirSync(spool)) {
    if (parseSegmentName(name) === undefined) continue;
    const path = `${spool}/${name}`;
    const file = await nodeDisk.open(path, "read");
    try {
      const { frames, seal } = await scanSegment(file, {
        checkPayloads: false,
      });
      if (seal === undefined) continue;
      for (const { header, offset } of frames) {
        if (header.receivedAtMs < sinceMs) continue;
        const payload = new Uint8Array(header.payloadBytes);
        await file.read(payload, offset + BLOCK_BYTES);
        const record = senderRecord(payload);
        if (record === undefined) continue;
        const middle = offset + BLOCK_BYTES + (payload.length >> 1);
        found.push({ ...record, path, offset: middle });
        if (found.length === CANDIDATES) return found;
      }
    } finally {
      await file.close();
    }
  }
  return found;
}

function senderRecord(payload: Uint8Array): FlippedRecord | undefined {
  const { series } = decodeWriteRequest(uncompress(payload, 1024 ** 2));
  const [first] = series;
  const [sample] = first?.samples ?? [];
  const serverName = first?.labels
    .find(({ name }) => name === "server_name")?.value;
  if (!serverName?.startsWith("load-") || sample === undefined) return;
  const { timestampMs } = sample;
  return { serverName, timestampMs, samples: series.length };
}

function flip({ path, offset }: Place): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  file.seekSync(offset, Deno.SeekMode.Start);
  file.readSync(byte);
  byte[0]! ^= 0x10;
  file.seekSync(offset, Deno.SeekMode.Start);
  file.writeSync(byte);
}
