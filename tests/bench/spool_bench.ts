/**
 * Appends and drains a spool on the real disk, in Deno or Bun:
 *
 *     deno run -A tests/bench/spool_bench.ts [FOLDER]
 *     ./node_modules/.bin/bun tests/bench/spool_bench.ts [FOLDER]
 *
 * Bodies of 11 KB, as a batch of 400 samples has. Every append is on disk
 * (fdatasync) before the next one of the same caller begins.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import { nodeDisk } from "../../shared/spool/node_disk.ts";
import { Spool } from "../../shared/spool/spool.ts";

const BODY_BYTES = 11_000;
const BODIES = 40_000;
const CALLERS = [1, 8, 64, 512];

const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};

interface Figures {
  readonly what: string;
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

await main();

async function main(): Promise<void> {
  const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), "spool-bench-"));
  const rows: Figures[] = [];
  try {
    for (const callers of CALLERS) {
      rows.push(await benchAppend(join(root, `append-${callers}`), callers));
    }
    rows.push(await benchDrain(join(root, `append-64`)));
    rows.push(await benchMemoryFirst(join(root, "memory")));
  } finally {
    rmSync(root, { recursive: true });
  }
  print(rows);
}

async function benchAppend(path: string, callers: number): Promise<Figures> {
  const bodies = callers === 1 ? BODIES / 20 : BODIES;
  const spool = await open(path);
  const figures = await measure(`append, ${callers} callers`, {
    callers,
    count: bodies,
    run: (body) => spool.append(body, factsNow()),
  });
  await spool.close();
  return figures;
}

async function benchMemoryFirst(path: string): Promise<Figures> {
  const spool = await open(path, 60_000);
  const figures = await measure("memory-first append, take, delivered", {
    callers: 1,
    count: BODIES,
    run: async (body) => {
      await spool.append(body, factsNow());
      spool.delivered(await spool.take("live", { maxBytes: 1e6 }));
    },
  });
  await spool.close();
  return figures;
}

/** Reads a backlog in hand-outs of 1 MB, as the forwarder does. */
async function benchDrain(path: string): Promise<Figures> {
  const spool = await open(path);
  let frames = 0;
  const figures = await measure("drain of backfill, per frame", {
    callers: 1,
    count: 1,
    run: async () => {
      for (;;) {
        const taken = await spool.take("backfill", { maxBytes: 1e6 });
        if (taken.length === 0) return;
        frames += taken.length;
        spool.delivered(taken);
      }
    },
  });
  await spool.close();
  return {
    ...figures,
    perSecond: figures.perSecond * frames,
    cpuMicroseconds: figures.cpuMicroseconds / frames,
  };
}

async function measure(
  what: string,
  { callers, count, run }: {
    callers: number;
    count: number;
    run: (body: Uint8Array) => Promise<void>;
  },
): Promise<Figures> {
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let left = count;
  await Promise.all(Array.from({ length: callers }, async () => {
    const body = new Uint8Array(BODY_BYTES).map((_, i) => i * 31);
    while (left-- > 0) {
      const beganMs = performance.now();
      await run(body);
      times.push(performance.now() - beganMs);
    }
  }));
  const tookMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  return {
    what,
    perSecond: count / tookMs * 1000,
    cpuMicroseconds: (user + system) / count,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

function open(path: string, memoryFirstMs = 0): Promise<Spool> {
  return Spool.open(path, { maxBytes: 256 * 1024 ** 2, memoryFirstMs }, {
    disk: nodeDisk,
    clock: systemClock,
    log: silent,
  });
}

function factsNow() {
  const nowMs = Date.now();
  return {
    codec: "snappy",
    sampleCount: 400,
    minTimeMs: nowMs,
    maxTimeMs: nowMs,
  } as const;
}

function print(rows: readonly Figures[]): void {
  const cells = rows.map((row) => [
    row.what.padEnd(38),
    `${Math.round(row.perSecond)}/s`.padStart(10),
    `${row.cpuMicroseconds.toFixed(1)} us CPU`.padStart(13),
    `p50 ${row.p50Ms.toFixed(2)} ms`.padStart(14),
    `p99 ${row.p99Ms.toFixed(2)} ms`.padStart(14),
  ]);
  process.stdout.write(cells.map((row) => row.join(" ") + "\n").join(""));
}
