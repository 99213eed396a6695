/**
 * Assertions of `@std/assert`. The npm edition that closed networks can reach
 * has no types, so they are declared beside this file.
 */
// @ts-types="./std_assert.d.ts"
export {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
