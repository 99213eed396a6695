import {
  formatSettings,
  loadConfig,
  type LoadedConfig,
} from "../../shared/config.ts";
import { optional, repeated, withDefault } from "../../shared/config_fields.ts";
import {
  bytes,
  duration,
  filePath,
  oneOf,
  pattern,
  toggle,
} from "../../shared/config_kinds.ts";
import { formatProblems } from "../../shared/config_text.ts";
import { wantsHelp } from "../../shared/config_argv.ts";
import { centralUrl } from "../../shared/config_url.ts";
import { assert, assertEquals } from "../support/assert.ts";

const schema = {
  mode: withDefault(oneOf(["direct", "relay"]), {
    default: "direct",
    help: "Mode",
  }),
  region: optional(oneOf(["kc1", "kr"]), {
    help: "Region",
    alsoEnv: ["REGION"],
  }),
  intervalMs: withDefault(duration({ min: "1s" }), {
    default: "15s",
    help: "Interval",
  }),
  spoolMaxBytes: withDefault(bytes(), { default: "1MiB", help: "Size" }),
  centre: optional(centralUrl, { help: "Centre" }),
  fast: withDefault(toggle, { default: "false", help: "Fast" }),
  dirs: repeated(filePath({ example: "/x/" }), { flag: "dir", help: "Dirs" }),
  devices: optional(pattern, { env: false, help: "Devices" }),
  waitMs: optional(duration(), {
    env: false,
    commands: ["check"],
    help: "Wait",
  }),
  envFile: optional(filePath({ example: "/f" }), { env: false, help: "File" }),
};

interface Input {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly command?: string;
}

function load(input: Input): LoadedConfig<typeof schema> {
  return loadConfig(schema, {
    command: input.command ?? "run",
    argv: input.argv ?? [],
    env: input.env ?? {},
    envFilePath: "/etc/x.env",
    readTextFile: (path) => {
      if (path === "/etc/x.env" && input.file !== undefined) return input.file;
      const code = path === "/secret" ? "EACCES" : "ENOENT";
      throw Object.assign(new Error(code), { code });
    },
  });
}

Deno.test("loadConfig() takes flag over environment over file over default", () => {
  const argv = ["--region=kc1"];
  const env = { MSP_REGION: "kr", MSP_MODE: "relay" };
  const file = "MSP_MODE=direct\nMSP_INTERVAL=20s\nMSP_REGION=kr";

  const { values, settings, problems } = load({ argv, env, file });

  assertEquals(problems, []);
  assertEquals(values.region, "kc1");
  assertEquals(values.mode, "relay");
  assertEquals(values.intervalMs, 20_000);
  assertEquals(values.spoolMaxBytes, 1_048_576);
  assertEquals(
    formatSettings(settings.values()),
    "--mode=relay      MSP_MODE\n" +
      "--region=kc1      flag\n" +
      "--interval=20s    MSP_INTERVAL in /etc/x.env\n" +
      "--spool-max=1MiB  default\n" +
      "--fast=false      default\n",
  );
});

const READ: Record<string, [Input, Partial<typeof DEFAULTS>]> = {
  "both forms of a flag": [
    { argv: ["--mode", "relay", "--region=kr"] },
    { mode: "relay", region: "kr" },
  ],
  "a name of the first product": [{ env: { REGION: "kr" } }, { region: "kr" }],
  "our name before the first product's": [
    { env: { REGION: "kr", MSP_REGION: "kc1" } },
    { region: "kc1" },
  ],
  "a bare name in the file": [{ file: "MODE=relay" }, { mode: "relay" }],
  "no bare name in the environment": [{ env: { MODE: "relay" } }, {}],
  "an empty variable as none": [
    { env: { MSP_MODE: "" }, file: "MSP_MODE=relay" },
    { mode: "relay" },
  ],
  "a switch": [{ argv: ["--fast"] }, { fast: true }],
  "a switch that is off": [
    { argv: ["--no-fast"], env: { MSP_FAST: "1" } },
    { fast: false },
  ],
  "a switch in a variable": [{ env: { MSP_FAST: "1" } }, { fast: true }],
  "a flag several times": [
    { argv: ["--dir=/a", "--dir", "/b"] },
    { dirs: ["/a", "/b"] },
  ],
  "a list in a variable": [{ env: { MSP_DIRS: "/a, /b" } }, {
    dirs: ["/a", "/b"],
  }],
  "the same value twice": [
    { argv: ["--mode=relay", "--mode=relay"] },
    { mode: "relay" },
  ],
  "an empty pattern as no filter": [{ argv: ["--devices="] }, {
    devices: null,
  }],
  "a carriage return at the end": [{ argv: ["--mode=relay\r"] }, {
    mode: "relay",
  }],
};

const DEFAULTS = {
  mode: "direct" as string,
  region: undefined as string | undefined,
  fast: false,
  dirs: [] as readonly string[],
  devices: undefined as RegExp | null | undefined,
};

for (const [what, [input, expected]] of Object.entries(READ)) {
  Deno.test(`loadConfig() reads ${what}`, () => {
    const { values, problems } = load(input);

    assertEquals(problems, []);
    const { mode, region, fast, dirs, devices } = values;
    assertEquals({ mode, region, fast, dirs, devices }, {
      ...DEFAULTS,
      ...expected,
    });
  });
}

const REJECTED: Record<string, [Input, what: string, hint: string]> = {
  "an unknown flag": [
    { argv: ["--regoin=kr"] },
    'unknown flag "--regoin"',
    "did you mean --region? run with --help for all flags",
  ],
  "an unknown flag with a word after it": [
    { argv: ["--regoin", "kr"] },
    'unknown flag "--regoin"',
    "did you mean --region? run with --help for all flags",
  ],
  "an unknown flag without a similar one": [
    { argv: ["--colour"] },
    'unknown flag "--colour"',
    "run with --help for all flags",
  ],
  "an unknown negated flag": [
    { argv: ["--no-fats"] },
    'unknown flag "--no-fats"',
    "did you mean --no-fast? run with --help for all flags",
  ],
  "short flags": [
    { argv: ["-abc"] },
    'unknown flag "-abc"',
    "run with --help for all flags",
  ],
  "a flag of another command": [
    { argv: ["--wait=1s"] },
    'unknown flag "--wait"',
    "remove it: only check has this flag",
  ],
  "a flag without its value at the end": [
    { argv: ["--region"] },
    "--region needs a value",
    "write --region=kc1",
  ],
  "a flag without its value before another": [
    { argv: ["--region", "--mode=relay"] },
    "--region needs a value",
    "write --region=kc1",
  ],
  "an empty value": [
    { argv: ["--region="] },
    "--region needs a value",
    "write --region=kc1",
  ],
  "a value for a negated switch": [
    { argv: ["--no-fast=1"] },
    "--no-fast takes no value",
    "write --no-fast",
  ],
  "a word that is a value": [
    { argv: ["kr"] },
    'unexpected word "kr"',
    "values follow their flag: --region=kr",
  ],
  "a word after the end of flags": [
    { argv: ["--", "--mode=relay"] },
    'unexpected word "--mode=relay"',
    "values follow their flag: --region=kc1",
  ],
  "a word after a switch": [
    { argv: ["--fast", "yes"] },
    'unexpected word "yes"',
    "values follow their flag: --region=kc1",
  ],
  "a flag with two values": [
    { argv: ["--region=kr", "--region=kc1"] },
    '--region given twice: "kr" and "kc1"',
    "keep one",
  ],
  "a switch that is on and off": [
    { argv: ["--fast", "--no-fast"] },
    '--fast given twice: "true" and "false"',
    "keep one",
  ],
  "a wrong value of a flag": [
    { argv: ["--mode", "rely"] },
    '--mode "rely" is not known',
    "did you mean relay? choose one: direct, relay",
  ],
  "a wrong value of a variable": [
    { env: { MSP_MODE: "x" } },
    'MSP_MODE "x" is not known',
    "choose one: direct, relay",
  ],
  "a wrong value in the file": [
    { file: "REGION=x" },
    'REGION "x" in /etc/x.env is not known',
    "choose one: kc1, kr",
  ],
  "an unknown name in the file": [
    { file: "MSP_REGON=kr" },
    "unknown name MSP_REGON in /etc/x.env",
    "did you mean MSP_REGION?",
  ],
  "a broken line in the file": [
    { file: "MSP_REGION" },
    'line 1 of /etc/x.env has no "="',
    "write NAME=value",
  ],
  "a file that was named and is not there": [
    { argv: ["--env-file=/none"] },
    'env file "/none" cannot be read: ENOENT',
    "check the path given with --env-file",
  ],
  "a file that may not be read": [
    { argv: ["--env-file=/secret"] },
    'env file "/secret" cannot be read: EACCES',
    "run it as root or as the service's user",
  ],
  "a control character": [
    { argv: ["--region=k\x07r"] },
    '--region "k\\x07r" holds a control character (\\x07)',
    "remove it",
  ],
  "a newline": [
    { argv: ["--region=kr\n"] },
    '--region "kr\\x0a" holds a control character (\\x0a)',
    "remove it",
  ],
  "bytes that are not UTF-8": [
    { argv: ["--region=k\ufffd"] },
    '--region "k\ufffd" holds bytes that are not UTF-8',
    "type it again in a UTF-8 terminal or editor",
  ],
  "typographic quotes": [
    { argv: ["--region=“kr”"] },
    '--region "“kr”" holds a typographic quote (U+201C)',
    "type it again with plain quotes, or none",
  ],
  "a blank that does not break": [
    { argv: ["--region=kr\u00a0"] },
    '--region "kr\u00a0" holds an invisible character (U+00A0)',
    "type it again instead of pasting it",
  ],
  "10,240 characters": [
    { argv: [`--dir=/${"a".repeat(10_239)}`] },
    `--dir "/${"a".repeat(59)}…" is 10240 characters long`,
    "use at most 4096 characters",
  ],
  "a value below its minimum": [
    { argv: ["--interval=999ms"] },
    '--interval "999ms" is below 1s',
    "use 1s or more",
  ],
  "a password in a URL, without showing it": [
    { argv: ["--centre=https://kt:hunter2@host.example/api/v1/write"] },
    '--centre "https://host.example/api/v1/write" holds a user name or password',
    "remove it and give a token with --token-file",
  ],
  "two URLs, without their passwords": [
    {
      argv: ["--centre=https://a:b@x.example", "--centre=https://c@y.example"],
    },
    '--centre given twice: "https://x.example" and "https://y.example"',
    "keep one",
  ],
};

for (const [what, [input, problem, hint]] of Object.entries(REJECTED)) {
  Deno.test(`loadConfig() reports ${what}`, () => {
    assertEquals(load(input).problems, [{ what: problem, hint }]);
  });
}

Deno.test("loadConfig() reports everything at once", () => {
  const loaded = load({
    argv: ["--mode=x", "--regoin=kr", "word"],
    env: { MSP_INTERVAL: "15" },
    file: "MSP_SPOOL_MAX=lots\nMSP_NONE=1",
  });

  assertEquals(
    formatProblems(loaded.problems),
    'error: unknown flag "--regoin"\n' +
      "  fix: did you mean --region? run with --help for all flags\n" +
      'error: unexpected word "word"\n' +
      "  fix: values follow their flag: --region=kc1\n" +
      "error: unknown name MSP_NONE in /etc/x.env\n" +
      "  fix: did you mean MSP_MODE?\n" +
      'error: --mode "x" is not known\n' +
      "  fix: choose one: direct, relay\n" +
      'error: MSP_INTERVAL "15" has no unit\n' +
      "  fix: for example 15s\n" +
      'error: MSP_SPOOL_MAX "lots" in /etc/x.env is not a size\n' +
      "  fix: for example 256MiB\n",
  );
});

Deno.test("loadConfig() only warns of an unknown name in the environment", () => {
  const { problems, warnings } = load({ env: { MSP_REGON: "kr", OTHER: "1" } });

  assertEquals(problems, []);
  assertEquals(warnings, [
    "environment variable MSP_REGON is not known; did you mean MSP_REGION?",
  ]);
});

Deno.test("loadConfig() says whether the file could not be read", () => {
  assertEquals(load({}).unreadable, false);
  assertEquals(load({ argv: ["--env-file=/secret"] }).unreadable, true);
  assertEquals(load({ argv: ["--mode=x"] }).unreadable, false);
});

Deno.test("loadConfig() does not show the value of an unknown flag", () => {
  const { problems } = load({ argv: ["--token=hunter2", "--pass", "hunter2"] });

  assertEquals(JSON.stringify(problems).includes("hunter2"), false);
});

Deno.test("wantsHelp() looks before the end of flags only", () => {
  assertEquals(wantsHelp(["--mode=x", "--help"]), true);
  assertEquals(wantsHelp(["-h"]), true);
  assertEquals(wantsHelp(["--", "--help"]), false);
  assertEquals(wantsHelp(["--helpless"]), false);
});

Deno.test("withDefault() refuses a default that its kind does not take", () => {
  let message = "";
  try {
    withDefault(duration(), { default: "15", help: "" });
  } catch (error) {
    message = error instanceof TypeError ? error.message : "";
  }

  assertEquals(message, 'Default "15" has no unit');
});

Deno.test("loadConfig() reports every hostile command line", () => {
  const hostile = [
    "--",
    "-",
    "--=",
    "--=x",
    "--__proto__=1",
    "--mode",
    "",
    "=",
  ];

  for (const first of hostile) {
    for (const second of hostile) {
      const { problems } = load({ argv: [first, second] });
      assert(problems.length > 0, `${first} ${second}`);
    }
  }
});
