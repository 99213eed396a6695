/** The shells that the installer has to work in. */
import { missing, program } from "../parts.ts";
import { sandboxProblem } from "./sandbox.ts";

/** One of them. */
export interface Shell {
  readonly name: string;
  readonly argv: readonly string[];
}

const busybox = program("busybox");

/** Those that are here; the runner counts one that is not as skipped. */
export const SHELLS: readonly Shell[] = [
  { name: "dash", argv: ["dash"] },
  { name: "bash", argv: ["bash"] },
  ...busybox.available
    ? [{ name: "busybox ash", argv: ["busybox", "ash"] }]
    : [],
];

/** For `ignore`: why hosts cannot be made here; empty when they can. */
export function hostProblem(): string {
  const problem = program("openssl").available
    ? sandboxProblem()
    : "no openssl in PATH";
  if (problem !== "") missing("hosts to install on", problem);
  return problem;
}
