/**
 * Opens a spool, drains a part of it in hand-outs of 1 MB, and tells on stdout
 * as JSON what that took. Runs in Deno and in Bun:
 *
 *     … tests/shared/spool/backlog_process.ts FOLDER FRAMES
 */
import { systemClock } from "../../../shared/clock.ts";
import { nodeDisk } from "../../../shared/spool/node_disk.ts";
import { Spool } from "../../../shared/spool/spool.ts";
import { recordingLog } from "./harness.ts";

const MIB = 1024 ** 2;

const [directory = "", frames = "0"] = process.argv.slice(2);
await main(Number(frames));

async function main(wanted: number): Promise<void> {
  const startMb = rssMb();
  const spool = await Spool.open(
    directory,
    { maxBytes: 1024 ** 4, segmentBytes: 16 * MIB },
    { disk: nodeDisk, clock: systemClock, log: recordingLog() },
  );
  const { diskBytes, recoverySeconds, pending } = spool.stats();
  const pendingFrames = pending.frames;
  const openMb = rssMb();
  let taken = 0;
  let peakMb = openMb;
  while (taken < wanted) {
    const frames = await spool.take("backfill", { maxBytes: MIB });
    if (frames.length === 0) break;
    taken += frames.length;
    spool.delivered(frames);
    peakMb = Math.max(peakMb, rssMb());
  }
  const figures = {
    diskBytes,
    recoverySeconds,
    pendingFrames,
    startMb,
    openMb,
    peakMb,
    taken,
  };
  process.stdout.write(JSON.stringify(figures) + "\n");
}

function rssMb(): number {
  return process.memoryUsage().rss / MIB;
}
