/**
 * A backlog of 100 GiB. One real segment of 16 MiB is there under 6,400 names
 * (hard links), so the disk holds 16 MiB and the spool sees all of it.
 */
import { assert, assertEquals } from "../support/assert.ts";
import { bun } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";
import { systemClock } from "../../shared/clock.ts";
import { segmentName } from "../../shared/spool/segment.ts";
import { nodeDisk } from "../../shared/spool/node_disk.ts";
import { Spool } from "../../shared/spool/spool.ts";
import { append, BIG, recordingLog } from "../shared/spool/harness.ts";

const MIB = 1024 ** 2;
const SEGMENTS = 6_400;
const DRAINED_FRAMES = 40_000;

const SCRIPT = `${ROOT}/tests/shared/spool/backlog_process.ts`;
const BUN = bun();

for (const runtime of ["Deno", "Bun"] as const) {
  Deno.test({
    name:
      `I-26 a backlog of 100 GiB is ready in 10 s and needs under 300 MiB in ${runtime}`,
    ignore: runtime === "Bun" && !BUN.available,
    async fn() {
      const directory = Deno.makeTempDirSync({ prefix: "spool-backlog-" });
      try {
        const framesPerSegment = await makeBacklog(directory);

        const [command, ...args] = runtime === "Bun"
          ? [BUN.get(), SCRIPT]
          : [Deno.execPath(), "run", "-A", "--no-check", SCRIPT];
        const { success, stdout } = await new Deno.Command(command, {
          args: [...args, directory, String(DRAINED_FRAMES)],
        }).output();

        assert(success);
        const figures = JSON.parse(new TextDecoder().decode(stdout));
        assert(
          figures.diskBytes > 95 * 1024 ** 3,
          `${figures.diskBytes} bytes`,
        );
        assertEquals(figures.pendingFrames, SEGMENTS * framesPerSegment);
        assert(figures.taken >= DRAINED_FRAMES);
        assert(figures.recoverySeconds < 10, `${figures.recoverySeconds} s`);
        assert(figures.peakMb < 300, `${figures.peakMb} MiB`);
      } finally {
        Deno.removeSync(directory, { recursive: true });
      }
    },
  });
}

async function makeBacklog(directory: string): Promise<number> {
  const options = { maxBytes: 1024 ** 3, segmentBytes: 16 * MIB };
  const spool = await Spool.open(directory, options, {
    disk: nodeDisk,
    clock: systemClock,
    log: recordingLog(),
  });
  let frames = 0;
  while (spool.stats().diskBytes < 15.7 * MIB) {
    await Promise.all(
      Array.from({ length: 20 }, () => append(spool, BIG + frames++)),
    );
  }
  await spool.close();
  const first = `${directory}/${segmentName(0)}`;
  for (let i = 1; i < SEGMENTS; i++) {
    Deno.linkSync(first, `${directory}/${segmentName(i * 2_000)}`);
  }
  return frames;
}
