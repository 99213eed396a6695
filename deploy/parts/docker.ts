/** Parts as containers, where a Docker daemon answers. */
import { lastLines, runCommand } from "./command.ts";
import type { Progress } from "./progress.ts";

const PULL_TIMEOUT_MS = 180_000;

/** Whether a daemon answers, or why it does not. */
export async function probeDocker(): Promise<
  { ok: true } | { ok: false; reason: string }
> {
  const info = await runCommand(
    ["docker", "info", "--format", "{{.ServerVersion}}"],
    { timeoutMs: 5_000 },
  );
  if (info.code === 127) return { ok: false, reason: "no docker in PATH" };
  // Old clients exit with 0 and print nothing when no daemon answers.
  if (info.code !== 0 || info.stdout.trim() === "") {
    return { ok: false, reason: "no Docker daemon answers" };
  }
  return { ok: true };
}

/** Makes sure that the image is on this machine, pulling it when it is not. */
export async function ensureImage(
  image: string,
  progress: Progress,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  const daemon = await probeDocker();
  if (!daemon.ok) return daemon;
  const inspect = await runCommand(["docker", "image", "inspect", image]);
  if (inspect.code === 0) return { ok: true };
  const step = progress.begin(`Pull image ${image}`);
  const pull = await runCommand(["docker", "pull", image], {
    timeoutMs: PULL_TIMEOUT_MS,
    onLine: (line) => step.detail(line),
  });
  if (pull.code === 0) {
    step.end("done");
    return { ok: true };
  }
  const reason = `docker pull: ${lastLines(pull.stderr, 1)}`;
  step.end(`failed: ${reason}`);
  return { ok: false, reason };
}
