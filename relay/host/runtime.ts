/** The runtime of this process: Bun. */
/// <reference types="./bun.d.ts" />
import { fstatSync, readFileSync, writeSync } from "node:fs";
import { hostname, totalmem } from "node:os";
import process from "node:process";
import { tryWriteAll, writeAll } from "../../shared/output.ts";
import type { Runtime } from "../runtime.ts";
import { createFetch } from "./fetch.ts";
import { bunFileBody } from "./file_body.ts";
import { createNotifier } from "./notify.ts";
import { startServer } from "./server.ts";
import { bunZstd } from "./zstd.ts";

/** Reads nothing but what the process was started with. */
export function bunRuntime(): Runtime {
  return {
    args: process.argv.slice(2),
    env: process.env,
    setEnv: (variables) => void Object.assign(process.env, variables),
    hostname: hostname(),
    memoryBytes: memoryLimit(),
    stderrInfo: {
      isTerminal: process.stderr.isTTY === true,
      ...fileOfStderr(),
    },
    versions: { bun: Bun.version, arch: process.arch },
    unzstd: bunZstd,
    createFetch,
    collectGarbage: () => Bun.gc(false),
    memory: {
      residentBytes: () => process.memoryUsage.rss(),
      release: () => Bun.gc(true),
    },
    fileBody: bunFileBody,
    stdout: (text) => writeAll(text, (bytes) => writeSync(1, bytes)),
    stderr: (text) => tryWriteAll(text, (bytes) => writeSync(2, bytes)),
    readTextFile: (path) => readFileSync(path, "utf8"),
    onSignal: (name, handler) => void process.on(name, handler),
    exit: (code) => process.exit(code),
    monotonicUsec: () => String(process.hrtime.bigint() / 1000n),
    createNotifier: (log) => createNotifier(process.env, log),
    startServer,
  };
}

/** Under systemd the unit's MemoryMax, elsewhere the machine's memory. */
function memoryLimit(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function fileOfStderr(): { dev: number; ino: number } {
  try {
    const { dev, ino } = fstatSync(2);
    return { dev, ino };
  } catch {
    return { dev: -1, ino: -1 }; // closed: nothing can be written either
  }
}
