/** How the tables of the installer's messages look, and how a row is run. */
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import type { Network } from "./network.ts";
import { LOG } from "./outcome.ts";
import { VERSIONS } from "./release.ts";
import { type Run, Sandbox } from "./sandbox.ts";
import { SHELLS } from "./shells.ts";

/** One wrong command line or one unfit host, and what is said about it. */
export interface Row {
  readonly what: string;
  readonly id: string;
  readonly code: number;
  readonly args: readonly string[];
  /** The first line after `error: ` and `오류: `, or its beginning. */
  readonly en: string;
  readonly ko: string;
  /** Part of the line that says what to do, in English. */
  readonly fix: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Files of the host: path to text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Run as root in the host before. */
  readonly before?: string;
  readonly user?: string;
  /** The only shell for a host on which the others cannot run. */
  readonly shell?: "dash";
  /** Bytes of the host's disk. */
  readonly sizeBytes?: number;
}

/** What a direct installation is told. */
export const DIRECT = [
  "--mode=direct",
  "--customer-id=kt",
  "--server-name=web-01",
  "--csp=kt",
  "--region=kc1",
  "--remote-write-url=http://10.0.1.5:8080/api/v1/write",
] as const;

/** Likewise behind a relay. */
export const RELAY_AGENT = [
  ...["--mode=relay-agent", ...DIRECT.slice(1, 5)],
  "--relay-url=http://10.0.1.5:9999/api/v1/metrics/write",
] as const;

/** Likewise on a gateway; its port is opened by the stub of systemctl. */
export const RELAY_SERVER = [
  ...["--mode=relay-server", ...DIRECT.slice(1)],
  "--listen=0.0.0.0:9998",
] as const;

/** The arguments with some of them replaced, left out (`--x=`) or added. */
export function but(
  args: readonly string[],
  ...changes: readonly string[]
): string[] {
  const nameOf = (arg: string) => arg.split("=", 1)[0];
  const changed = changes.map(nameOf);
  return [
    ...args.filter((arg) => !changed.includes(nameOf(arg))),
    ...changes.filter((arg) => !/^--[\w-]+=$/.test(arg)),
  ];
}

/** Runs a row in both languages, each on a host that must stay as it is. */
export async function checkRow(
  row: Row,
  index: number,
  network: Network,
  shared?: Sandbox,
): Promise<void> {
  const languages = [["en", row.en], ["ko", row.ko]] as const;
  for (const [i, [lang, text]] of languages.entries()) {
    const shell =
      SHELLS[row.shell === "dash" ? 0 : (index + i) % SHELLS.length];
    await using own = shared === undefined
      ? await Sandbox.start(network, row)
      : undefined;
    const host = shared ?? own;
    assert(host !== undefined && shell !== undefined);
    if (row.before !== undefined) await host.command(["sh", "-c", row.before]);
    const before = host.changes();

    const run = await host.install(
      VERSIONS[0],
      [`--lang=${lang}`, ...row.args],
      {
        shell: shell.argv,
        ...row.env === undefined ? {} : { env: row.env },
        ...row.user === undefined ? {} : { user: row.user },
      },
    );

    const where = `${row.what}, ${lang}, ${shell.name}`;
    checkMessage(run, row, { lang, text, where });
    const left = host.changes().filter((path) => path !== LOG);
    if (!KEPT.has(row.id)) assertEquals(left, before, where);
    assertEquals(
      host.exists("/run/msp-install.lock") && row.id !== "E246",
      false,
      where,
    );
  }
}

/** What has been installed when these are said is looked at by a person. */
const KEPT = new Set(["E301", "E302", "E305"]);

function checkMessage(
  run: Run,
  row: Row,
  { lang, text, where }: { lang: "en" | "ko"; text: string; where: string },
): void {
  const all = `${where}\n${run.stdout}${run.stderr}`;
  const [error, fix] = lang === "en" ? ["error", "fix"] : ["오류", "조치"];
  const lines = run.stderr.split("\n");
  const at = lines.findIndex((line) => line.startsWith(`${error}: ${text}`));
  assert(at >= 0, `no line "${error}: ${text}": ${all}`);
  assert(lines[at + 1]?.startsWith(`  ${fix}: `), `no fix: ${all}`);
  if (lang === "en") assertStringIncludes(lines[at + 1] ?? "", row.fix, all);
  else assert(/[가-힣]/.test(`${lines[at]}${lines[at + 1]}`), all);
  assertEquals(lines[at + 2], `  (${row.id}, exit ${row.code})`, all);
  assertEquals(run.code, row.code, all);
  assertEquals(
    run.stdout.trimEnd().split("\n").at(-1),
    `MSP-INSTALL: FAILED code=${row.code} id=${row.id}`,
    all,
  );
}

/** Runs `work` for all items, a few at a time. */
export async function eachOf<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
  atOnce = 4,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i];
      if (item !== undefined) await work(item, i);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
