/**
 * A copy of the programs' sources in which the release is written down. Both
 * runtimes bundle a copy alike, and the checkout stays as it is.
 */
import { cp } from "node:fs/promises";
import type { ReleaseInfo } from "./release_info.ts";

/** What agent, relay and mspctl are made of. */
const SOURCES = [
  "agent",
  "relay",
  "shared",
  "deploy",
  "deno.json",
  "deno.lock",
];

/** What a central that runs from the checkout has in deploy/. */
const NO_SOURCE = /^\/deploy\/(\.env|config|data|dist|secrets)(\/|$)/;

/**
 * Copies the sources of `checkout` to the new folder `into`, with `info` in
 * place of shared/build_info.ts. Packages are used where they are.
 */
export async function stageSources(
  checkout: string,
  into: string,
  info: ReleaseInfo,
): Promise<void> {
  await Deno.mkdir(into);
  for (const name of SOURCES) {
    await cp(`${checkout}/${name}`, `${into}/${name}`, {
      recursive: true,
      filter: (path) => !NO_SOURCE.test(path.slice(checkout.length)),
    });
  }
  await Deno.symlink(`${checkout}/node_modules`, `${into}/node_modules`);
  await Deno.writeTextFile(
    `${into}/shared/build_info.ts`,
    renderBuildInfo(info),
  );
}

/** The text of a shared/build_info.ts that says `info`. */
export function renderBuildInfo(
  { version, commit, date }: ReleaseInfo,
): string {
  const literal = JSON.stringify({ version, commit, date });
  return `export const BUILD = ${literal};\n`;
}
