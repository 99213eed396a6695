import {
  addCustomer,
  createRegistry,
  findCustomer,
  type Issuer,
  newestToken,
  randomToken,
  RegistryError,
  revokeTokens,
  rotateToken,
} from "../../../deploy/mspctl/tokens.ts";
import { vmauthConfig } from "../../../deploy/mspctl/vmauth_config.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertThrows,
} from "../../support/assert.ts";

/** Tokens `token-1`, `token-2` …, so that each is known. */
function countingIssuer(): Issuer {
  let count = 0;
  return {
    newToken: () => `token-${++count}`,
    now: () => new Date(Date.UTC(2026, 0, 1)),
  };
}

const BACKENDS = {
  writeBase: "http://vminsert:8480/insert/0/prometheus",
  readBase: "http://vmselect:8481/select/0/prometheus",
};

function withCustomers(...ids: string[]) {
  const issuer = countingIssuer();
  const registry = ids.reduce(
    (registry, id) => addCustomer(registry, id, issuer),
    createRegistry(issuer),
  );
  return { registry, issuer };
}

Deno.test("addCustomer() gives a token to write and one to read", () => {
  const { registry } = withCustomers("kt");

  assertEquals(
    findCustomer(registry, "kt").tokens.map(({ name, token }) => [name, token]),
    [["w-kt-01", "token-2"], ["r-kt-01", "token-3"]],
  );
});

Deno.test("rotateToken() keeps the earlier token valid", () => {
  const { registry, issuer } = withCustomers("kt");

  const rotated = rotateToken(registry, "kt", "write", issuer);

  const config = vmauthConfig(rotated, BACKENDS);
  assert(config.includes('"token-2"') && config.includes('"token-4"'), config);
  assertEquals(
    newestToken(findCustomer(rotated, "kt"), "write")?.name,
    "w-kt-02",
  );
});

Deno.test("revokeTokens() removes the named token and no other", () => {
  const { registry, issuer } = withCustomers("kt", "demo");
  const rotated = rotateToken(registry, "kt", "write", issuer);

  const revoked = revokeTokens(rotated, "kt", "w-kt-01");

  const names = revoked.customers.flatMap(({ tokens }) =>
    tokens.map(({ name }) => name)
  );
  assertEquals(names, [
    ...["w-demo-01", "r-demo-01"],
    ...["r-kt-01", "w-kt-02"],
    "r-msp-01",
  ]);
});

Deno.test("rotateToken() never uses a number again", () => {
  const { registry, issuer } = withCustomers("kt");

  const again = rotateToken(
    revokeTokens(registry, "kt"),
    "kt",
    "write",
    issuer,
  );

  assertEquals(
    findCustomer(again, "kt").tokens.map(({ name }) => name),
    ["w-kt-02"],
  );
});

const REFUSED: Record<string, [() => unknown, RegExp]> = {
  "a second customer of one name": [
    () => addCustomer(withCustomers("kt").registry, "kt", countingIssuer()),
    /there is one/,
  ],
  "a write token for the staff": [
    () =>
      rotateToken(withCustomers().registry, "msp", "write", countingIssuer()),
    /may only read/,
  ],
  "a customer that is not there": [
    () => revokeTokens(withCustomers("kt").registry, "demo"),
    /Cannot find customer "demo"/,
  ],
  "a token of another customer": [
    () => revokeTokens(withCustomers("kt", "demo").registry, "kt", "w-demo-01"),
    /no such token/,
  ],
};

for (const [what, [run, message]] of Object.entries(REFUSED)) {
  Deno.test(`the registry refuses ${what}`, () => {
    const error = assertThrows(run, RegistryError);
    assertMatch((error as RegistryError).message, message);
  });
}

Deno.test("vmauthConfig() pins the customer under every name that widens", () => {
  const config = vmauthConfig(withCustomers("kt").registry, BACKENDS);

  const reading = config.split("- name: ").find((user) =>
    user.startsWith('"r-kt-01"')
  );
  const target = /url_prefix: "([^"]+)"/.exec(reading ?? "")?.[1] ?? "";
  assertEquals(Object.fromEntries(new URL(target).searchParams), {
    extra_label: "customer_id=kt",
    extra_filters: '{customer_id="kt"}',
    "extra_filters[]": '{customer_id="kt"}',
  });
  assert(target.startsWith(`${BACKENDS.readBase}/?`), target);
});

Deno.test("vmauthConfig() gives equal text for equal registries", () => {
  const { registry } = withCustomers("kt", "demo");

  assertEquals(
    vmauthConfig(JSON.parse(JSON.stringify(registry)), BACKENDS),
    vmauthConfig(registry, BACKENDS),
  );
});

Deno.test("randomToken() has 256 bits and no character that a shell minds", () => {
  assertMatch(randomToken(), /^[0-9a-f]{64}$/);
  assert(randomToken() !== randomToken());
});
