/** What tests of wrong settings share: settings that are right, and the verdict. */
import type { CommandResult } from "../../deploy/parts/command.ts";
import { assert, assertEquals, assertStringIncludes } from "./assert.ts";

/** Counts connections, whatever comes over them. */
export function countConnections(): Disposable & {
  readonly url: string;
  readonly count: number;
} {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let count = 0;
  void (async () => {
    for await (const connection of listener) {
      count++;
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/api/v1/write`,
    get count() {
      return count;
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Settings that would work, by flag. */
export function goodFlags(url: string): Record<string, string> {
  return {
    "customer-id": "kt",
    "server-name": "web-01",
    csp: "kt",
    region: "kc1",
    "remote-write-url": url,
  };
}

export function toArgv(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** Every problem in one form, what and how to mend it, and nobody was asked. */
export function assertRefused(
  { code, stdout, stderr }: CommandResult,
  { expectedCode, what, fix }: {
    expectedCode: number;
    what: string;
    fix: string;
  },
): void {
  assertEquals(code, expectedCode, stderr);
  assertEquals(stdout, "");
  const lines = stderr.trimEnd().split("\n");
  for (let i = 0; i < lines.length; i += 2) {
    assertStringIncludes(lines[i] ?? "", "error: ");
    assertStringIncludes(lines[i + 1] ?? "", "  fix: ");
  }
  const at = lines.findIndex((line) => line.includes(what));
  assert(at >= 0, `no "${what}" in ${stderr}`);
  assertStringIncludes(lines[at + 1] ?? "", fix);
  assert(stderr.length < 2_000, "an error is read by a person");
  assert(!/[^\P{Cc}\n]/u.test(stderr), "control characters reach the terminal");
}
