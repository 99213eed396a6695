/** Whether vmalert and Alertmanager take a file, before they get it. */
import { AppError } from "../../../shared/errors.ts";
import { findInPath, lastLines, runCommand } from "../../parts/command.ts";
import type { Containers } from "./containers.ts";

/** A file that one of the containers reads. */
export interface Output {
  readonly service: "alertmanager" | "vmalert";
  /** Below the stack's folder. */
  readonly path: string;
  /** In the container. */
  readonly mountedAt: string;
  readonly text: string;
  readonly isEmpty: boolean;
}

/** vmalert or Alertmanager do not take what was made of config/. */
export class ApplyError extends AppError {
  override readonly name = "ApplyError";
  readonly code = "apply";
  readonly hint =
    "What runs goes on with the files it had; report this with the lines above";

  constructor(service: Output["service"], reason: string) {
    super(`Cannot apply config: ${service} refuses it: ${reason}`);
  }
}

/** In a container by the program's path, on this machine by its name. */
const CHECKERS = {
  alertmanager: {
    inContainer: "amtool",
    onHost: "amtool",
    args: (path: string) => ["check-config", path],
  },
  vmalert: {
    inContainer: "/vmalert-prod",
    onHost: "vmalert",
    args: (path: string) => ["-dryRun", `-rule=${path}`],
  },
} as const;

/**
 * Asks the program that will read the file, where it runs or else where it is
 * installed. Whether there was one to ask.
 * @throws {ApplyError} when it says no
 */
export async function requireGood(
  dir: string,
  { service, path, mountedAt, isEmpty }: Output,
  containers: Containers,
): Promise<boolean> {
  if (isEmpty) return true;
  const { inContainer, onHost, args } = CHECKERS[service];
  const inUse = await containers.sees(service, mountedAt);
  if (!inUse && findInPath(onHost) === undefined) return false;
  const run = inUse
    ? await containers.exec(service, inContainer, ...args(mountedAt))
    : await runCommand([onHost, ...args(`${dir}/${path}`)]);
  if (run.code === 0) return true;
  throw new ApplyError(service, lastLines(run.stdout + run.stderr, 4));
}
