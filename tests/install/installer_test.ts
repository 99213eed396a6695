import { runCommand } from "../../deploy/parts/command.ts";
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import {
  END_MARKER,
  InstallerError,
  type InstallerOptions,
  renderInstaller,
} from "../../install/installer.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { SHELLS } from "../support/installer/shells.ts";
import { program } from "../support/parts.ts";

const OPTIONS: InstallerOptions = {
  version: "1.4.2",
  baseUrl: "https://release.example/download/v@VERSION@",
  sums: `${"a".repeat(64)}  msp-agent-1.4.2-linux-amd64.gz\n`,
};

Deno.test("renderInstaller() ends with the one call, and defines functions before it", () => {
  const text = renderInstaller(OPTIONS);

  assert(text.endsWith(`\n${END_MARKER}\nmain "$@"\n`));
  // A heredoc's or a text's own lines stand at the margin too: look at words.
  const calls = text.split("\n").filter((line) => /^main\b/.test(line));
  assertEquals(calls, ["main() {", 'main "$@"']);
});

Deno.test("renderInstaller() has each default that a relay replaces once, on its own line", () => {
  const text = renderInstaller(OPTIONS);

  for (
    const name of ["DEFAULT_BASE_URL", "DEFAULT_MODE", "DEFAULT_RELAY_URL"]
  ) {
    assertEquals(text.match(new RegExp(`^${name}='[^']*'$`, "gm"))?.length, 1);
  }
});

const WRONG: Readonly<Record<string, Partial<InstallerOptions>>> = {
  "a version that ends the quote": { version: "1.4.2'; reboot #" },
  "an address that ends the quote": {
    baseUrl: "https://x.example/'$(reboot)'",
  },
  "an address with a slash at its end": { baseUrl: "https://x.example/dl/" },
  "a sum that is none": { sums: "abc  msp-agent-1.4.2-linux-amd64.gz\n" },
  "a name that ends the quote": { sums: `${"a".repeat(64)}  x'y\n` },
};

for (const [what, wrong] of Object.entries(WRONG)) {
  Deno.test(`renderInstaller() refuses ${what}`, () => {
    assertThrows(
      () => renderInstaller({ ...OPTIONS, ...wrong }),
      InstallerError,
    );
  });
}

const shellcheck = program("shellcheck");

Deno.test({
  name: "install.sh passes shellcheck and every shell reads it",
  ignore: !shellcheck.available,
  async fn() {
    using dir = makeTempDir();
    const path = `${dir.path}/install.sh`;
    Deno.writeTextFileSync(path, renderInstaller(OPTIONS));

    const checked = await runCommand([shellcheck.get(), "-s", "sh", path]);
    assertEquals(checked.stdout, "");
    for (const { argv } of SHELLS) {
      const { code, stderr } = await runCommand([...argv, "-n", path]);
      assertEquals(stderr, "");
      assertEquals(code, 0);
    }
  },
});
