import {
  createLogger,
  isJournal,
  type LoggerOptions,
  resolveLogFormat,
  throttled,
} from "../../shared/log.ts";
import { Secret } from "../../shared/secret.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";

const TS = "2023-11-14T22:13:20.000Z";

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const clock = new FakeClock();
  const log = createLogger({
    level: "debug",
    format: "text",
    write: (line) => lines.push(line),
    clock,
    ...options,
  });
  return { log, lines, clock };
}

const circular: Record<string, unknown> = {};
circular["self"] = circular;

const VALUES: Record<string, [value: unknown, text: string, json: string]> = {
  "a word": [
    "relay.example:9443",
    "relay.example:9443",
    '"relay.example:9443"',
  ],
  "words": ["two words", '"two words"', '"two words"'],
  "an empty text": ["", '""', '""'],
  "a number": [8000, "8000", "8000"],
  "a truth": [true, "true", "true"],
  "null": [null, "null", "null"],
  "a number that JSON lacks": [NaN, "NaN", '"NaN"'],
  "an integer of 64 bits": [
    2n ** 63n,
    "9223372036854775808",
    '"9223372036854775808"',
  ],
  "a newline": ["a\nb", '"a\\nb"', '"a\\nb"'],
  "an escape sequence": ["\x1b[31m", '"\\u001b[31m"', '"\\u001b[31m"'],
  "a control character of Latin-1": ["\x9b31m", '"\\u009b31m"', '"\\u009b31m"'],
  "a mark that turns text around": ["a\u202eb", '"a\\u202eb"', '"a\\u202eb"'],
  "a quote and an equals sign": ['a="b"', '"a=\\"b\\""', '"a=\\"b\\""'],
  "half a surrogate pair": ["\ud800", '"\\ud800"', '"\\ud800"'],
  "Korean": ["서버", '"서버"', '"서버"'],
  "an error with its causes": [
    new Error("Cannot push", { cause: new Error("refused") }),
    '"Cannot push: refused"',
    '"Cannot push: refused"',
  ],
  "a secret": [new Secret("hunter2"), "[secret]", '"[secret]"'],
  "a secret inside": [
    { token: new Secret("hunter2") },
    '"{\\"token\\":\\"[secret]\\"}"',
    '"{\\"token\\":\\"[secret]\\"}"',
  ],
  "a URL": [
    new URL("https://u:p@host.example/a?b=c#d"),
    "https://host.example/a",
    '"https://host.example/a"',
  ],
  "an array": [[1, 2n], '"[1,\\"2\\"]"', '"[1,\\"2\\"]"'],
  "a circle": [circular, "[unprintable]", '"[unprintable]"'],
  "3,000 characters": [
    "x".repeat(3_000),
    `"${"x".repeat(2_048)}…"`,
    `"${"x".repeat(2_048)}…"`,
  ],
};

for (const [what, [value, text, json]] of Object.entries(VALUES)) {
  Deno.test(`createLogger() writes ${what} as text`, () => {
    const { log, lines } = capture();

    log.info("Said", { value });

    assertEquals(lines, [
      `ts=${TS} level=info component=main msg=Said value=${text}\n`,
    ]);
  });

  Deno.test(`createLogger() writes ${what} as JSON`, () => {
    const { log, lines } = capture({ format: "json" });

    log.info("Said", { value });

    assertEquals(lines, [
      `{"ts":"${TS}","level":"info","component":"main","msg":"Said","value":${json}}\n`,
    ]);
  });
}

Deno.test("createLogger() leaves out lines below its level", () => {
  const { log, lines } = capture({ level: "warn" });

  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");

  assertEquals(lines.map((line) => line.slice(-2, -1)), ["c", "d"]);
});

Deno.test("createLogger() keeps its own names when a field has one of them", () => {
  const { log, lines } = capture();

  log.info("Said", { level: 3, msg: "other" });

  assertEquals(lines, [
    `ts=${TS} level=info component=main msg=Said level_=3 msg_=other\n`,
  ]);
});

Deno.test("createLogger() leaves out undefined fields", () => {
  const { log, lines } = capture();

  log.info("Said", { host: undefined, port: 1 });

  assertEquals(lines, [`ts=${TS} level=info component=main msg=Said port=1\n`]);
});

Deno.test("createLogger() survives a value that throws when printed", () => {
  const { log, lines } = capture();
  const value = {
    toJSON() {
      throw new Error("no");
    },
  };

  log.info("Said", { value });

  assertEquals(lines[0]?.endsWith("value=[unprintable]\n"), true);
});

Deno.test("createLogger() names the component of a child", () => {
  const { log, lines } = capture();

  log.child("spool").info("Opened");

  assertEquals(lines, [`ts=${TS} level=info component=spool msg=Opened\n`]);
});

Deno.test("createLogger() gives journald priorities instead of times", () => {
  const { log, lines } = capture({ journal: true });

  log.debug("m");
  log.info("m");
  log.warn("m");
  log.error("m");

  assertEquals(lines, [
    "<7>level=debug component=main msg=m\n",
    "<6>level=info component=main msg=m\n",
    "<4>level=warn component=main msg=m\n",
    "<3>level=error component=main msg=m\n",
  ]);
});

Deno.test("createLogger() keeps the time of JSON lines under journald", () => {
  const { log, lines } = capture({ journal: true, format: "json" });

  log.error("m");

  assertEquals(lines, [
    `<3>{"ts":"${TS}","level":"error","component":"main","msg":"m"}\n`,
  ]);
});

Deno.test("throttled() counts what it leaves out until the interval is over", async () => {
  const { log, lines, clock } = capture({ journal: true });
  const calm = throttled(log, { clock, intervalMs: 60_000 });

  calm.warn("relay unreachable", { attempt: 1 });
  calm.warn("relay unreachable", { attempt: 2 });
  await clock.advance(59_999);
  calm.warn("relay unreachable", { attempt: 3 });
  await clock.advance(1);
  calm.warn("relay unreachable", { attempt: 4 });
  await clock.advance(60_000);
  calm.warn("relay unreachable", { attempt: 5 });

  const head = '<4>level=warn component=main msg="relay unreachable"';
  assertEquals(lines, [
    `${head} attempt=1\n`,
    `${head} attempt=4 suppressed=2\n`,
    `${head} attempt=5\n`,
  ]);
});

Deno.test("throttled() tells messages and levels apart and passes info", () => {
  const { log, lines, clock } = capture();
  const calm = throttled(log, { clock, intervalMs: 60_000 });

  calm.warn("a");
  calm.warn("b");
  calm.error("a");
  calm.info("a");
  calm.info("a");
  calm.debug("a");

  assertEquals(lines.length, 6);
});

Deno.test("throttled() is not fooled by a wall clock that jumps", () => {
  const { log, lines, clock } = capture();
  const calm = throttled(log, { clock, intervalMs: 60_000 });

  calm.warn("a");
  clock.jumpWall(3_600_000);
  calm.warn("a");

  assertEquals(lines.length, 1);
});

Deno.test("createLogger() makes a logger that outlives a line nobody takes", () => {
  const { log } = capture({
    write() {
      throw new Error("ENOSPC");
    },
  });

  log.info("a");
  log.child("forwarder").error("b");
});

const STREAMS: Record<string, [string | undefined, boolean]> = {
  "the stream's own numbers": ["8:4242", true],
  "another stream": ["8:4243", false],
  "no variable": [undefined, false],
};
for (const [what, [variable, expected]] of Object.entries(STREAMS)) {
  Deno.test(`isJournal() says ${expected} for ${what}`, () => {
    assertEquals(isJournal(variable, { dev: 8, ino: 4242 }), expected);
  });
}

Deno.test("resolveLogFormat() means text on a terminal only by auto", () => {
  assertEquals(resolveLogFormat("auto", { isTerminal: true }), "text");
  assertEquals(resolveLogFormat("auto", { isTerminal: false }), "json");
  assertEquals(resolveLogFormat("text", { isTerminal: false }), "text");
});
