/** The machines that releases are built for. */

/** One kind of machine under all its names. */
export interface Target {
  /** As `uname -m` and `Deno.build.arch` say it. */
  readonly arch: "x86_64" | "aarch64";
  /** As `deno compile --target` wants it. */
  readonly triple: string;
  /** As `bun build --target` wants it; baseline: for CPUs without AVX2. */
  readonly bun: "bun-linux-x64-baseline" | "bun-linux-arm64";
  /** As release files and `msp-agent version` spell it. */
  readonly releaseArch: "amd64" | "arm64";
  /** `e_machine` of its programs. Source: elf(5). */
  readonly elfMachine: number;
}

/** Intel and AMD. */
export const X86_64: Target = {
  arch: "x86_64",
  triple: "x86_64-unknown-linux-gnu",
  bun: "bun-linux-x64-baseline",
  releaseArch: "amd64",
  elfMachine: 62,
};

/** ARM with 64 bits, as AWS Graviton. */
export const AARCH64: Target = {
  arch: "aarch64",
  triple: "aarch64-unknown-linux-gnu",
  bun: "bun-linux-arm64",
  releaseArch: "arm64",
  elfMachine: 183,
};

/** Every target of a release. */
export const TARGETS: readonly Target[] = [X86_64, AARCH64];

/** Whether programs for `target` run on this machine. */
export function isHost({ arch }: Target): boolean {
  return Deno.build.os === "linux" && Deno.build.arch === arch;
}
