import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import { Child, ChildError } from "../../../deploy/parts/process.ts";
import { WaitTimeoutError, waitUntil } from "../../../deploy/parts/wait.ts";
import { assert, assertEquals, assertRejects } from "../../support/assert.ts";
import { ROOT } from "../../support/process.ts";

const FOREVER = ["sleep", "600"];

function sh(script: string): string[] {
  return ["sh", "-c", script];
}

Deno.test("runCommand() returns both streams and the code", async () => {
  const seen: string[] = [];
  const result = await runCommand(sh("echo a; echo b >&2; exit 3"), {
    onLine: (line) => seen.push(line),
  });

  assertEquals(result, { code: 3, stdout: "a\n", stderr: "b\n" });
  assertEquals(seen.sort(), ["a", "b"]);
});

Deno.test("runCommand() kills a program at its deadline", async () => {
  const result = await runCommand(FOREVER, { timeoutMs: 50 });
  assertEquals(result.code, 124);
});

Deno.test("runCommand() reports a missing program as 127", async () => {
  const result = await runCommand(["msp-no-such-program"]);
  assertEquals(result.code, 127);
});

Deno.test("Child.waitForLine() finds a line of either stream", async () => {
  await using child = new Child(sh("echo one; echo two 2 >&2; exec sleep 600"));

  assertEquals(await child.waitForLine("one"), "one");
  assertEquals(await child.waitForLine(/two \d/), "two 2");
});

Deno.test("Child.waitForLine() fails when the program ends before", async () => {
  await using child = new Child(sh("echo dying; exit 7"));

  await assertRejects(
    () => child.waitForLine("ready"),
    ChildError,
    "ended with code 7: dying",
  );
});

Deno.test("Child.waitForLine() fails at its deadline", async () => {
  await using child = new Child(FOREVER);

  await assertRejects(
    () => child.waitForLine("ready", { timeoutMs: 30 }),
    WaitTimeoutError,
  );
});

Deno.test("Child.stop() ends a program that was stopped with SIGSTOP", async () => {
  const child = new Child(FOREVER);
  child.signal("SIGSTOP");

  assertEquals((await child.stop()).signal, "SIGTERM");
});

Deno.test("Child.stop() kills a program that does not follow", async () => {
  const child = new Child(sh("trap '' TERM; echo ready; while :; do :; done"));
  await child.waitForLine("ready");

  assertEquals((await child.stop({ timeoutMs: 50 })).signal, "SIGKILL");
});

Deno.test("Child.usage() reads CPU time and memory of the program", async () => {
  await using child = new Child(sh("while :; do :; done"));

  const usage = await waitUntil(() => {
    const now = child.usage();
    return now.cpuSeconds > 0 && now;
  }, { what: "CPU time" });

  assert(usage.rssBytes > usage.anonymousBytes && usage.anonymousBytes > 0);
  assertEquals(usage.threads, 1);
});

/** A program of ours that has a child and a folder and ends as `how` says. */
async function endParent(how: string) {
  using dir = makeTempDir();
  const script = `
    import { makeTempDir } from "${ROOT}/deploy/parts/cleanup.ts";
    import { Child } from "${ROOT}/deploy/parts/process.ts";
    const dir = makeTempDir({ dir: "${dir.path}", prefix: "inner-" });
    const child = new Child(["sleep", "600"]);
    console.log("child", child.pid);
    ${how}`;
  Deno.writeTextFileSync(`${dir.path}/main.ts`, script);
  await using parent = new Child(
    [Deno.execPath(), "run", "-A", "--no-check", `${dir.path}/main.ts`],
  );
  const line = await parent.waitForLine(/^child \d+$/);
  const { code } = await parent.exited;
  const pid = Number(line.split(" ")[1]);
  await waitUntil(() => !isRunning(pid), { what: "the end of the child" });
  const left = Array.from(Deno.readDirSync(dir.path), ({ name }) => name);
  return { code, left: left.filter((name) => name.startsWith("inner-")) };
}

function isRunning(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !stat.includes(") Z ");
  } catch {
    return false;
  }
}

const ENDINGS = {
  "SIGINT": ['Deno.kill(Deno.pid, "SIGINT");', 130],
  "SIGTERM": ['Deno.kill(Deno.pid, "SIGTERM");', 143],
  "Deno.exit": ["Deno.exit(5);", 5],
} as const;

for (const [what, [how, expected]] of Object.entries(ENDINGS)) {
  Deno.test(`onExit() leaves no child and no folder after ${what}`, async () => {
    assertEquals(await endParent(how), { code: expected, left: [] });
  });
}

Deno.test("Child ends with a parent that was killed", async () => {
  const { code } = await endParent('Deno.kill(Deno.pid, "SIGKILL");');
  assertEquals(code, 137);
});
