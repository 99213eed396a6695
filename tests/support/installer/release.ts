/** A release folder with programs that tests write in shell. */
import { gzipSync } from "node:zlib";
import { renderInstaller } from "../../../install/installer.ts";
import {
  type ReleaseFile,
  renderSums,
} from "../../../install/release_files.ts";

/** The versions that there are; the first one is what scripts install. */
export const VERSIONS = ["1.4.2", "1.5.0", "1.3.9"] as const;

/** Where the server of the sandboxes hands out the folder. */
export const BASE_URL = "http://10.0.1.5:8080/dl";

/** Release architecture of this machine. */
export const ARCH = Deno.build.arch === "aarch64" ? "arm64" : "amd64";

/** Writes programs, SHA256SUMS and one install.sh for each version. */
export async function makeRelease(dir: string): Promise<void> {
  const shell = Deno.readFileSync("/bin/dash");
  const files: ReleaseFile[] = [];
  for (const version of VERSIONS) {
    const own: ReleaseFile[] = [];
    for (const program of ["msp-agent", "msp-relay"]) {
      const name = `${program}-${version}-linux-${ARCH}.gz`;
      // What follows the sections of an ELF file is not looked at.
      const mark = new TextEncoder().encode(`\n${name}\n`);
      const packed = gzipSync(new Uint8Array([...shell, ...mark]));
      Deno.writeFileSync(`${dir}/${name}`, packed);
      own.push({ name, sizeBytes: packed.length, sha256: await sum(packed) });
    }
    files.push(...own);
    Deno.writeTextFileSync(
      `${dir}/install-${version}.sh`,
      renderInstaller({ version, baseUrl: BASE_URL, sums: renderSums(own) }),
    );
  }
  Deno.writeTextFileSync(`${dir}/SHA256SUMS`, renderSums(files));
}

async function sum(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return new Uint8Array(digest).toHex();
}
