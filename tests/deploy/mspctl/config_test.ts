import { parseCall } from "../../../deploy/mspctl/config.ts";
import { installLines } from "../../../deploy/mspctl/install_lines.ts";
import { assert, assertEquals } from "../../support/assert.ts";

Deno.test("parseCall() reads command, customer and flags", () => {
  const parsed = parseCall(["customer", "revoke", "kt", "--token=w-kt-01"]);

  assert(parsed.ok);
  const { command, customerId, token } = parsed.call;
  assertEquals([command, customerId, token], [
    "customer revoke",
    "kt",
    "w-kt-01",
  ]);
});

const WRONG: Record<string, [string[], string]> = {
  "no command": [[], "no command given"],
  "a misspelled command": [["customer", "ad"], 'unknown command "customer ad"'],
  "a customer that is missing": [
    ["customer", "add"],
    '"mspctl customer add" needs a customer\'s id',
  ],
  "a customer's id that is none": [
    ["customer", "add", "KT Cloud"],
    'customer "KT Cloud" may hold only a-z, 0-9 and -',
  ],
  "a flag of another command": [
    ["customer", "add", "kt", "--kind=read"],
    'unknown flag "--kind"',
  ],
  "an address with a path": [
    ["init", "--public-url=https://metrics.example/api/v1/write"],
    '--public-url "https://metrics.example/api/v1/write" is not a scheme, a host and maybe a port',
  ],
};

for (const [what, [args, expected]] of Object.entries(WRONG)) {
  Deno.test(`parseCall() refuses ${what}, with a hint`, () => {
    const parsed = parseCall(args);
    assert(!parsed.ok);
    assertEquals(parsed.problems.map(({ what }) => what), [expected]);
    assert(parsed.problems.every(({ hint }) => hint !== ""));
  });
}

Deno.test("installLines() names the mode, the customer and no token", () => {
  const text = installLines({
    publicUrl: "https://metrics.example:8443",
    customerId: "kt",
    ownAuthority: true,
    fingerprint: "AA:BB",
  });

  for (const mode of ["direct", "relay-server", "relay-agent"]) {
    assert(text.includes(`--mode=${mode} `), text);
  }
  assertEquals(text.match(/--customer-id=kt /g)?.length, 3);
  assert(text.includes("must print AA:BB"), text);
  assert(!/--token=/.test(text), text);
});

Deno.test("installLines() says when tokens travel in clear over public names", () => {
  const of = (publicUrl: string) =>
    installLines({
      publicUrl,
      customerId: "kt",
      ownAuthority: false,
      fingerprint: "",
    });

  assert(of("http://metrics.example:8880").includes("--insecure-http"));
  assert(!of("http://10.0.0.5:8880").includes("--insecure-http"));
});
