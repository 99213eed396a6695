/** `msp-agent version`: what this is and what it was built from. */
import { BUILD } from "../../shared/build_info.ts";
import type { Runtime } from "../host/runtime.ts";

/** Architecture names as Go and the release files of other agents spell them. */
const GOARCH: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
};

/** `amd64` for `x86_64`, and so on. */
export function goArch(arch: string): string {
  return GOARCH[arch] ?? arch;
}

/** Prints one line, or one JSON object with `--json`. */
export function versionCommand(runtime: Runtime): number {
  const { deno, arch } = runtime.versions;
  const platform = `linux/${goArch(arch)}`;
  if (runtime.args.includes("--json")) {
    runtime.stdout(JSON.stringify({ ...BUILD, platform, deno }) + "\n");
    return 0;
  }
  runtime.stdout(
    `msp-agent ${BUILD.version} (${platform}, deno ${deno}, ` +
      `commit ${BUILD.commit}, built ${BUILD.date})\n`,
  );
  return 0;
}
