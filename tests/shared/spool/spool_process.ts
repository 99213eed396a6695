/**
 * A process that has a spool and works on it until it is killed. Runs in Deno
 * and in Bun:
 *
 *     … tests/shared/spool/spool_process.ts FOLDER FIRST_ID [hold|work]
 *
 * Tells on stdout, one line each and unbuffered: `ready`; `a ID` once a body is
 * acknowledged; `d ID` before it is called delivered. Exits with 75 when the
 * folder is locked.
 */
import { writeSync } from "node:fs";
import { systemClock } from "../../../shared/clock.ts";
import { describeError } from "../../../shared/errors.ts";
import { nodeDisk } from "../../../shared/spool/node_disk.ts";
import { Spool } from "../../../shared/spool/spool.ts";
import { SpoolLockedError } from "../../../shared/spool/spool_errors.ts";
import { bodyOf, idOf, recordingLog } from "./harness.ts";

const CALLERS = 16;

const [directory = "", firstId = "0", mode = "work"] = process.argv.slice(2);
let nextId = Number(firstId);
await main();

async function main(): Promise<void> {
  const spool = await open();
  tell("ready");
  if (mode === "hold") {
    await systemClock.sleep(60_000);
    return;
  }
  await Promise.all([
    ...Array.from({ length: CALLERS }, () => appendForEver(spool)),
    deliverForEver(spool),
  ]);
}

async function open(): Promise<Spool> {
  try {
    return await Spool.open(
      directory,
      { maxBytes: 1024 ** 3, segmentBytes: 512 * 1024, liveBytes: 64 * 1024 },
      { disk: nodeDisk, clock: systemClock, log: recordingLog() },
    );
  } catch (error) {
    tell(describeError(error));
    process.exit(error instanceof SpoolLockedError ? 75 : 1);
  }
}

async function appendForEver(spool: Spool): Promise<never> {
  for (;;) {
    const id = nextId++;
    const timeMs = Date.now();
    await spool.append(bodyOf(id), {
      codec: "snappy",
      sampleCount: 1,
      minTimeMs: timeMs,
      maxTimeMs: timeMs,
    });
    tell(`a ${id}`);
  }
}

/** Delivers about half of it, from both lanes, so that a backlog is left. */
async function deliverForEver(spool: Spool): Promise<never> {
  for (let round = 0;; round++) {
    const lane = round % 2 === 0 ? "live" : "backfill";
    const frames = await spool.take(lane, { maxBytes: 100_000 });
    const done = frames.filter((_, i) => i % 2 === 0);
    for (const frame of done) tell(`d ${idOf(frame.body)}`);
    spool.delivered(done);
    spool.release(frames);
    await spool.maintain();
    await systemClock.sleep(5);
  }
}

function tell(line: string): void {
  writeSync(1, `${line}\n`);
}
