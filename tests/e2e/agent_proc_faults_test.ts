/** A /proc with broken files: `print` ends, and the other collectors work. */
import { makeTempDir, type TempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { runAgent } from "../support/process.ts";

/** Files of the kernel, with the collectors that cannot do without. */
const FILES: Record<string, string[]> = {
  "stat": ["cpu", "stat"],
  "meminfo": ["meminfo"],
  "loadavg": ["loadavg"],
  "diskstats": ["diskstats"],
  "vmstat": ["vmstat"],
  "net/dev": ["netdev"],
  "net/snmp": ["netstat"],
  "net/netstat": ["netstat"],
  "net/sockstat": ["sockstat"],
  "sys/fs/file-nr": ["filefd"],
  "sys/kernel/osrelease": ["uname"],
  "1/mountinfo": ["filesystem"],
};
/** What the collectors above read as well. */
const OTHER_FILES = [
  "sys/kernel/arch",
  "sys/kernel/domainname",
  "sys/kernel/hostname",
  "sys/kernel/ostype",
  "sys/kernel/version",
];

interface Fault {
  readonly apply: (path: string) => void | Promise<unknown>;
  /**
   * Files that may be so: no device, no counter or any text is no fault, and
   * lines that mean nothing are passed over in vmstat and
   * mountinfo.
   */
  readonly harmlessIn: readonly string[];
}

const FAULTS: Record<string, Fault> = {
  "missing": {
    apply: (path) => Deno.removeSync(path),
    harmlessIn: ["net/sockstat"],
  },
  "empty": {
    apply: (path) => Deno.writeTextFileSync(path, ""),
    harmlessIn: [
      ...["diskstats", "vmstat", "net/dev", "net/snmp", "net/netstat"],
      ...["net/sockstat", "sys/kernel/osrelease", "1/mountinfo"],
    ],
  },
  "garbage": {
    apply: (path) =>
      // Lines of words without a meaning, and bytes that are no text.
      Deno.writeFileSync(
        path,
        new Uint8Array(20 * 64).map((_, i) =>
          i % 64 === 63 ? 0x0a : i % 8 === 7 ? 0x20 : 255 - i % 64
        ),
      ),
    harmlessIn: ["vmstat", "sys/kernel/osrelease", "1/mountinfo"],
  },
  "directories": {
    apply: (path) => {
      Deno.removeSync(path);
      Deno.mkdirSync(path);
    },
    harmlessIn: [],
  },
  "FIFOs that nobody writes to": {
    apply: (path) => {
      Deno.removeSync(path);
      return runCommand(["mkfifo", path]);
    },
    harmlessIn: [],
  },
};

/** A copy of this machine's files, which can be broken. */
function copyProc(): TempDir {
  const dir = makeTempDir({ prefix: "msp-proc-" });
  for (const file of [...Object.keys(FILES), ...OTHER_FILES]) {
    const path = `${dir.path}/${file}`;
    Deno.mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
    try {
      Deno.writeFileSync(path, Deno.readFileSync(`/proc/${file}`));
    } catch (error) {
      // Kernels before 6.1 have no sys/kernel/arch.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return dir;
}

/** Runs `print` there; gives its collectors with their success. */
async function print(proc: TempDir): Promise<Map<string, string>> {
  const names = collectorsOf(Object.keys(FILES));
  const { code, stdout, stderr } = await runAgent([
    "print",
    `--path.procfs=${proc.path}`,
    "--collector.disable-defaults",
    ...names.map((name) => `--collector.${name}`),
  ]);
  assertEquals(code, 0, stderr);
  const found = stdout.matchAll(
    /^node_scrape_collector_success\{collector="(\w+)"\} (\d)$/gm,
  );
  return new Map(Array.from(found, ([, name = "", value = ""]) => [
    name,
    value,
  ]));
}

function failedIn(successes: ReadonlyMap<string, string>): string[] {
  return Array.from(successes).filter(([, value]) => value === "0")
    .map(([name]) => name).sort();
}

Deno.test("print succeeds in every collector of a copied /proc", async () => {
  using proc = copyProc();

  const successes = await print(proc);

  assertEquals([...successes.keys()].sort(), collectorsOf(Object.keys(FILES)));
  assertEquals(failedIn(successes), []);
});

/** Every other file, so that each collector is seen beside broken ones. */
const HALVES = [0, 1].map((rest) =>
  Object.keys(FILES).filter((_, i) => i % 2 === rest)
);

for (const [what, { apply, harmlessIn }] of Object.entries(FAULTS)) {
  for (const broken of HALVES) {
    Deno.test(`print fails just where it must when ${broken.join(", ")} are ${what}`, async () => {
      using proc = copyProc();
      for (const file of broken) await apply(`${proc.path}/${file}`);

      const failed = failedIn(await print(proc));

      const needed = broken.filter((file) => !harmlessIn.includes(file));
      assertEquals(failed, collectorsOf(needed));
    });
  }
}

for (const broken of HALVES) {
  Deno.test(`print ends when ${broken.join(", ")} are cut off in the middle`, async () => {
    using proc = copyProc();
    for (const file of broken) {
      const path = `${proc.path}/${file}`;
      Deno.truncateSync(path, Math.floor(Deno.statSync(path).size / 2));
    }

    const failed = failedIn(await print(proc));

    // Half of a file may be a good one; nobody else is to suffer for it.
    const own = collectorsOf(broken);
    assert(failed.every((name) => own.includes(name)), `${failed}`);
  });
}

function collectorsOf(files: readonly string[]): string[] {
  return [...new Set(files.flatMap((file) => FILES[file] ?? []))].sort();
}
