/**
 * `deno task soak`: the whole system on real parts, a fault every minute, and
 * at the end whether anything was lost that had been acknowledged.
 */
import { findInPath } from "../../deploy/parts/command.ts";
import { ensureSystemPackages } from "../../deploy/parts/debian.ts";
import { requirePart } from "../../deploy/parts/find.ts";
import { stderrProgress } from "../../deploy/parts/progress.ts";
import { raiseOpenFiles } from "../support/open_files.ts";
import { bun, faketime, program, PROGRAMS } from "../support/parts.ts";
import { parseOptions } from "./options.ts";
import { soak } from "./soak.ts";
import type { SoakParts } from "./system.ts";
import { formatRows } from "./table.ts";

/** Programs that a soak wants; without some of them it leaves out a fault. */
const WANTED = ["nginx", "openssl", "ip", "iptables", "faketime"] as const;
/** Of this process: two sockets for each sender and some for the rest. */
const OPEN_FILES_EACH = 2;
const OPEN_FILES_BESIDE = 2_000;

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args);
  if (!parsed.ok) {
    write(Deno.stderr, parsed.text);
    return 2;
  }
  const { options } = parsed;
  await raiseOpenFiles(OPEN_FILES_EACH * options.senders + OPEN_FILES_BESIDE);
  const rows = await soak(await findParts(), {
    ...options,
    note: (line) => write(Deno.stdout, `${line}\n`),
  });
  write(Deno.stdout, `\n${formatRows(rows)}`);
  const failed = rows.filter(({ isRight }) => !isRight).length;
  write(
    Deno.stdout,
    failed === 0
      ? `\n${rows.length} checks passed\n`
      : `\n${failed} of ${rows.length} checks failed: again with --seed=${options.seed}\n`,
  );
  return failed === 0 ? 0 : 1;
}

async function findParts(): Promise<SoakParts> {
  const progress = stderrProgress();
  const missing = WANTED.filter((name) => findInPath(name) === undefined)
    .map((name) => PROGRAMS[name]);
  await ensureSystemPackages(missing, { progress });
  const library = faketime();
  return {
    vm: await requirePart("victoria-metrics", { progress }),
    vmauth: await requirePart("vmauth", { progress }),
    vmalert: await requirePart("vmalert", { progress }),
    alertmanager: await requirePart("alertmanager", { progress }),
    nginx: program("nginx").get(),
    bun: bun().get(),
    faketime: library.available ? library.get() : undefined,
  };
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string) {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
