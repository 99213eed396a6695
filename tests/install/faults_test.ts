import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { runCommand } from "../../deploy/parts/command.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { DIRECT, eachOf } from "../support/installer/rows.ts";
import { lastLine, LOG, PURGE } from "../support/installer/outcome.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";
import { program } from "../support/parts.ts";
import { ROOT } from "../support/process.ts";

const ignore = hostProblem() !== "";

const OK = "MSP-INSTALL: OK mode=direct version=1.4.2 delivery=stored";

for (const fault of ["slow", "flaky"]) {
  Deno.test({
    name: `install.sh gets a download that is ${fault}`,
    ignore,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network);

      const run = await host.install("1.4.2", [
        ...DIRECT,
        `--base-url=http://10.0.1.5:8080/${fault}`,
      ]);

      assertEquals(lastLine(run), OK, run.stderr);
    },
  });
}

const wget = program("wget");

/** BusyBox's wget comes alone: without curl and without GNU wget. */
const DOWNLOADERS: Readonly<Record<string, string>> = {
  "GNU wget": "rm -f /usr/bin/curl",
  "BusyBox's wget":
    "rm -f /usr/bin/curl /usr/bin/wget; ln -s $(command -v busybox) /usr/local/sbin/wget",
};

for (const [name, before] of Object.entries(DOWNLOADERS)) {
  Deno.test({
    name: `install.sh downloads with ${name}`,
    ignore: ignore ||
      !(name === "GNU wget" ? wget : program("busybox")).available,
    async fn() {
      await using network = await Network.start();
      await using host = await Sandbox.start(network);
      await host.command(["sh", "-c", before]);

      const run = await host.install("1.4.2", [...DIRECT, "--token=abc"]);

      assertEquals(lastLine(run), OK, run.stderr);
      const wrong = await host.install("1.5.0", [
        "--base-url=http://10.0.1.5:8080/wrong",
      ]);
      assertEquals(
        lastLine(wrong),
        "MSP-INSTALL: FAILED code=7 id=E222",
        wrong.stderr,
      );
    },
  });
}

Deno.test({
  name: "install.sh leaves nothing when the disk becomes full at any step",
  ignore,
  async fn() {
    await using network = await Network.start();
    const free = Array.from({ length: 16 }, (_, i) => i * 32 * 1024);
    const codes: number[] = [];

    await eachOf(free, async (freeBytes) => {
      // What the disk is said to have free is wrong, as when others fill it.
      await using host = await Sandbox.start(network, {
        sizeBytes: 4 * 1024 ** 2,
        freeBytes,
        executables: {
          "/usr/local/sbin/df": 'printf "a b c d e f\\n- - - 9999999 - /\\n"',
        },
      });
      const before = host.changes();

      const run = await host.install("1.4.2", DIRECT, { piped: true });

      codes.push(run.code);
      const where = `${freeBytes} bytes\n${run.stderr}`;
      if (run.code === 0) return;
      assertEquals(run.code, 8, where);
      assertEquals(
        host.changes().filter((path) => path !== LOG),
        before,
        where,
      );
      assertEquals(
        host.takeCalls().includes("systemctl restart msp-agent"),
        false,
      );
    });

    assertEquals([...new Set(codes)].sort(), [0, 8]);
  },
});

/** What is staged, and the command that a full disk cuts. */
const CUT: Readonly<Record<string, readonly [string, string]>> = {
  "settings": ["merge_settings /nonexistent", "true"],
  // Older shells write a text like the units to /tmp before they print it.
  "a unit": ["fitted_unit msp-agent", 'rm "$STAGING/content"'],
};

for (const [what, [command, before]] of Object.entries(CUT)) {
  Deno.test(`stage_content refuses ${what} that a full disk has cut`, async () => {
    using staging = makeTempDir();
    Deno.writeTextFileSync(`${staging.path}/settings`, "MSP_MODE=direct\n");
    Deno.symlinkSync("/dev/full", `${staging.path}/content`);

    // As bring_up is called: a function within `if` goes on after what fails.
    const { code, stdout } = await runCommand([
      "sh",
      "-euc",
      `
      . "${ROOT}/install/sh/files.sh"; . "${ROOT}/install/sh/config.sh"
      t() { :; }
      fail() { echo "$1"; exit 1; }
      unit_text() { return 1; }
      VERSION=1.4.2 KNOWN_KEYS=MSP_MODE STAGING="${staging.path}" BIN=/opt/msp/bin
      ${before}
      if stage_content ${command}; then exit 0; fi
    `,
    ]);

    assertEquals([code, stdout], [1, "E232\n"]);
  });
}

/** The script with a signal to itself after each of its steps begins. */
function interruptions(script: string): { at: string; text: string }[] {
  const lines = script.split("\n");
  const signals = ["INT", "TERM", "KILL"];
  const steps = lines.flatMap((line, i) =>
    /^ +STEP=/.test(line) &&
      !/STEP=.*(start'|uninstall|diagnose|roll back)/.test(line)
      ? [i]
      : []
  );
  return steps.map((i, n) => {
    const signal = signals[n % signals.length];
    const text = lines.toSpliced(i + 1, 0, `kill -s ${signal} $$`).join("\n");
    return { at: `${lines[i]?.trim()} ${signal}`, text };
  });
}

Deno.test({
  name:
    "install.sh cleans up when it is interrupted at any step, and goes on the next time",
  ignore,
  async fn() {
    await using network = await Network.start();
    const variants = interruptions(network.script("1.4.2"));
    assert(variants.length > 15);
    const codes = new Set<number>();

    await eachOf(variants, async ({ at, text }) => {
      await using host = await Sandbox.start(network);
      const run = await host.runScript(text, DIRECT, { piped: true });

      codes.add(run.code);
      // A step that this mode does not take.
      if (run.code === 0) return;
      const where = `${at}\n${run.stderr}`;
      const started = host.takeCalls().includes("systemctl restart msp-agent");
      if (!at.endsWith("KILL")) {
        assertEquals(
          lastLine(run),
          `MSP-INSTALL: FAILED code=${run.code} id=interrupted`,
          where,
        );
        assertEquals(host.exists("/run/msp-install.lock"), false, where);
        if (!started) {
          assertEquals(
            host.changes().filter((path) => path !== LOG),
            [],
            where,
          );
          return;
        }
      }
      const again = await host.install("1.4.2", DIRECT, { piped: true });
      assertEquals(lastLine(again), OK, `${where}\n${again.stderr}`);
      await host.install("1.4.2", PURGE);
      // A run that was killed could not say which folders it had made.
      const left = host.changes().filter((path) =>
        path !== "/usr/local/libexec"
      );
      assertEquals(left, [], where);
    });

    assertEquals([...codes].sort(), [0, 130, 137, 143]);
  },
});

Deno.test({
  name:
    "install.sh restarts a service whose new settings a killed run had written",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);
    await host.install("1.4.2", DIRECT);
    const killed = network.script("1.4.2")
      .replace(/^( +)STEP="write the unit of.*$/m, "$&\nkill -s KILL $$$$");
    assertEquals((await host.runScript(killed, ["--region=kc2"])).code, 137);
    host.takeCalls();

    const run = await host.install("1.4.2", ["--region=kc2"]);

    assertEquals(lastLine(run), OK, run.stderr);
    assertEquals(host.takeCalls(), ["systemctl restart msp-agent"]);
  },
});

Deno.test({
  name: "install.sh lets one of two runs at once install, and loses nothing",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network);

    const runs = await Promise.all(
      [1, 2].map(() => host.install("1.4.2", DIRECT)),
    );

    const ends = runs.map(lastLine).sort();
    assertEquals(ends.at(-1), OK, runs.map(({ stderr }) => stderr).join("\n"));
    assert(
      ends[0] === OK || ends[0] === "MSP-INSTALL: FAILED code=9 id=E246",
      ends[0],
    );
    await host.install("1.4.2", PURGE);
    assertEquals(host.changes(), []);
  },
});

Deno.test({
  name:
    "install.sh gives the token to nobody: not in arguments, not in the log",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: { "/srv/token": "s3cret-token\n" },
      executables: {
        // Writes down how it was called, and is curl.
        "/usr/local/sbin/curl":
          'echo "curl $*" >>/calls\nexec /usr/bin/curl "$@"',
      },
    });

    const run = await host.install("1.4.2", [
      ...DIRECT,
      "--token-file=/srv/token",
      "--verbose",
    ]);

    assertEquals(lastLine(run), OK);
    const calls = host.takeCalls();
    assert(calls.some((call) => call.includes("/api/v1/write")));
    for (
      const text of [
        ...calls,
        run.stdout,
        run.stderr,
        host.read(LOG),
        host.read("/etc/msp-agent/agent.env"),
      ]
    ) {
      assertEquals(text.includes("s3cret"), false, text);
    }
    assertStringIncludes(calls[0] ?? "", "curl -q ");
  },
});
