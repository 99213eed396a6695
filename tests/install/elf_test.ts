import {
  compareVersions,
  ElfError,
  highestVersion,
  readElf,
} from "../../install/elf.ts";
import { isHost, TARGETS } from "../../install/targets.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

const SELF = await Deno.readFile(Deno.execPath());

Deno.test({
  name: "readElf() reads the machine, loader and libraries of this Deno",
  ignore: Deno.build.os !== "linux",
  fn() {
    const info = readElf(SELF);

    assertEquals(info.machine, TARGETS.find(isHost)?.elfMachine);
    assert(info.interpreter?.includes("/ld-linux-"), info.interpreter);
    assert(info.needed.includes("libc.so.6"), info.needed.join());
    assert(info.symbolVersions.some((name) => /^GLIBC_2\.\d+$/.test(name)));
  },
});

const NO_PROGRAMS = {
  "an empty file": new Uint8Array(),
  "a script": new TextEncoder().encode("#!/bin/sh\n".padEnd(100, "#")),
  "a 32-bit program": elfHeader({ 4: 1 }),
  "a big-endian program": elfHeader({ 5: 2 }),
  "a header that points beyond the end": elfHeader({ 32: 255, 56: 1 }),
};

for (const [what, bytes] of Object.entries(NO_PROGRAMS)) {
  Deno.test(`readElf() refuses ${what}`, () => {
    assertThrows(() => readElf(bytes), ElfError);
  });
}

for (const length of [64, 100, 1_000, 5_000]) {
  Deno.test({
    name: `readElf() refuses a program cut off after ${length} bytes`,
    ignore: Deno.build.os !== "linux",
    fn() {
      assertThrows(() => readElf(SELF.subarray(0, length)), ElfError);
    },
  });
}

Deno.test("highestVersion() compares numbers, not digits", () => {
  const versions = ["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.9", "GCC_4.2.0"];
  assertEquals(highestVersion(versions, "GLIBC"), "2.17");
  assertEquals(highestVersion(versions, "GCC"), "4.2.0");
  assertEquals(highestVersion(versions, "CXXABI"), undefined);
});

Deno.test("highestVersion() leaves out names such as GLIBC_PRIVATE", () => {
  assertEquals(highestVersion(["GLIBC_PRIVATE"], "GLIBC"), undefined);
});

Deno.test("compareVersions() takes a missing part for zero", () => {
  assertEquals(compareVersions("2.17", "2.17.0"), 0);
  assert(compareVersions("2.17", "2.17.1") < 0);
});

/** 64 bytes that begin like a program of this kind, then `changes`. */
function elfHeader(changes: Record<number, number>): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
}
