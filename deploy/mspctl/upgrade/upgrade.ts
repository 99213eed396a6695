/**
 * `mspctl upgrade`: puts a new release in place of the one that runs. Everything
 * is checked, saved and pulled before anything changes; then one service after
 * the other restarts, and when one does not become healthy all go back.
 */
import { AppError } from "../../../shared/errors.ts";
import { lastLines } from "../../parts/command.ts";
import type { Progress } from "../../parts/progress.ts";
import { settingsOf } from "../alerting/apply.ts";
import { makeDir, ownerOf, readSettings } from "../stack_dir.ts";
import { Compose, DockerError, requireDocker } from "./compose.ts";
import { goBack, savedDir, saveGrafana, writeGoBack } from "./go_back.ts";
import { downgrades, formatServices, planServices } from "./plan.ts";
import type { ServiceChange } from "./plan.ts";
import { probe } from "./probe.ts";
import { compareFiles, type FileChanges } from "./release_files.ts";
import { installFiles, saveFiles } from "./release_files.ts";

/** The upgrade cannot begin, or was taken back. */
export class UpgradeError extends AppError {
  override readonly name = "UpgradeError";
  readonly code = "upgrade";

  constructor(message: string, readonly hint: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What the person asks for. */
export interface UpgradeOptions {
  /** Folder of the new release, unpacked. */
  readonly release: string;
  /** Only say what would be done. */
  readonly dryRun: boolean;
  /** Writes anew what mspctl makes of the stack's settings. */
  readonly apply: () => Promise<unknown>;
  readonly progress: Progress;
  readonly now: Date;
}

/** More than a health check of compose.yml allows. */
const HEALTHY_WITHIN_S = 300;
const BACKUP = "backup";

interface Plan {
  readonly dir: string;
  readonly release: string;
  readonly services: readonly ServiceChange[];
  readonly files: FileChanges;
  /** Whether the stack has a service that backs up the store. */
  readonly hasBackup: boolean;
  /** Folder for what is saved, relative to `dir`. */
  readonly saved: string;
}

/** Does it, or says what it would do. */
export async function upgradeCommand(
  dir: string,
  { release, dryRun, apply, progress, now }: UpgradeOptions,
): Promise<string> {
  readSettings(dir);
  // What `apply` would refuse, when services have stopped already.
  settingsOf(dir);
  await requireDocker();
  const plan = await makePlan(dir, release, now);
  if (isEmpty(plan)) return `Nothing to do: ${dir} is this release already\n`;
  if (dryRun) return `${describe(plan)}Nothing was changed (--dry-run)\n`;
  progress.note(describe(plan));
  await prepare(plan, progress);
  try {
    installFiles(plan.dir, plan.release, plan.files);
    await apply();
    await restartAll(plan, progress);
  } catch (cause) {
    throw await takenBack(plan, cause, progress);
  }
  return `Upgraded. To go back: sh ${dir}/${plan.saved}/go-back.sh\n`;
}

async function makePlan(
  stackDir: string,
  releaseDir: string,
  now: Date,
): Promise<Plan> {
  const dir = Deno.realPathSync(stackDir);
  const release = Deno.realPathSync(releaseDir);
  const files = await compareFiles(dir, release);
  const stack = new Compose(dir);
  const running = await stack.running();
  if (running.length === 0) {
    throw new UpgradeError(
      `Cannot upgrade ${dir}: nothing runs there, so nothing can be backed up`,
      `Start it first: docker compose --project-directory ${dir} up -d --wait`,
    );
  }
  const before = await stack.images();
  const services = planServices(
    running,
    before,
    await new Compose(dir, release).images(),
  );
  const [back] = downgrades(services);
  if (back !== undefined) {
    throw new UpgradeError(
      `Cannot upgrade: ${back.service} would go back from ${back.from} to ${back.to}`,
      `To undo an upgrade run the go-back.sh of its folder in ${dir}/data/upgrade`,
    );
  }
  const hasBackup = before.has(BACKUP);
  return { dir, release, services, files, hasBackup, saved: savedDir(now) };
}

function isEmpty({ files, services }: Plan): boolean {
  return Object.values(files).every((paths) => paths.length === 0) &&
    services.every(({ from, to }) => from === to);
}

function describe({ dir, release, services, files, hasBackup, saved }: Plan) {
  const count = files.replaced.length + files.added.length +
    files.removed.length;
  const names = services.map(({ service }) => service).join(", ");
  return [
    `Upgrade of ${dir} by ${release}\n`,
    formatServices(services),
    `  ${count} files change\n`,
    ...files.kept.map((path) =>
      `  ${path} was changed here: it stays, the new one comes as ${path}.new\n`
    ),
    "Steps:\n",
    "  1. preflight, and the settings with the new compose.yml\n",
    hasBackup
      ? "  2. back up the samples (docker compose run --rm backup once)\n"
      : "  2. no service backs up this store: do that yourself before\n",
    `  3. save the stack's files and Grafana's database in ${saved}\n`,
    "  4. pull the images that are not here\n",
    `  5. put the files in place; restart one at a time: ${names}\n`,
    "  6. ask for a receipt through Nginx, vmauth and the store\n",
    `  If 5 or 6 fails, all goes back; later: sh ${saved}/go-back.sh\n`,
  ].join("");
}

/** All that can fail without harm. */
async function prepare(plan: Plan, progress: Progress): Promise<void> {
  const { dir, release, saved, files, services, hasBackup } = plan;
  const next = new Compose(dir, release);
  const run = ["run", "--rm", "-T", "--no-deps"];
  await step(progress, "Preflight", () => next.must(...run, "preflight"));
  if (hasBackup) {
    const once = [...run, BACKUP, "once"];
    await step(progress, "Back up", () => new Compose(dir).must(...once));
  }
  await step(progress, "Pull", async () => {
    const names = services.map(({ service }) => service);
    await next.must("pull", "--policy=missing", "--quiet", ...names);
  });
  const owner = ownerOf(readSettings(dir));
  makeDir(`${dir}/${saved}/files`, owner);
  saveFiles(dir, `${dir}/${saved}/files`, files);
  writeGoBack(dir, saved, {
    changes: files,
    services: services.filter(({ from }) => from !== undefined)
      .map(({ service }) => service),
  });
}

async function restartAll(
  { dir, saved, services }: Plan,
  progress: Progress,
): Promise<void> {
  const stack = new Compose(dir);
  for (const { service } of services) {
    await step(progress, `Restart ${service}`, async () => {
      if (service === "grafana") {
        await saveGrafana(dir, saved, ownerOf(readSettings(dir)));
      }
      await restart(stack, service);
    });
  }
  await step(progress, "Ask for a receipt", () => probe(dir));
}

/** Waits until the service is healthy. */
async function restart(stack: Compose, service: string): Promise<void> {
  const { code, stderr } = await stack.run(
    ...["up", "-d", "--no-deps", "--force-recreate", "--wait"],
    ...[`--wait-timeout=${HEALTHY_WITHIN_S}`, service],
  );
  if (code === 0) return;
  const logs = await stack.run("logs", "--no-log-prefix", "--tail=5", service);
  throw new DockerError(
    `Cannot restart ${service}: ${lastLines(stderr, 1)}; it said: ${
      lastLines(logs.stdout, 3)
    }`,
    `Look at: docker compose logs ${service}`,
  );
}

/** Goes back, and gives the error that says how that ended. */
async function takenBack(
  { dir, saved }: Plan,
  cause: unknown,
  progress: Progress,
): Promise<UpgradeError> {
  progress.note("The upgrade failed: going back");
  const { code, stderr } = await goBack(dir, saved);
  return code === 0
    ? new UpgradeError(
      "The upgrade was taken back, and what was there before runs again",
      "Correct what is named above, and upgrade again",
      { cause },
    )
    : new UpgradeError(
      `The upgrade failed, and going back too: ${lastLines(stderr, 3)}`,
      `Correct it, then run: sh ${dir}/${saved}/go-back.sh`,
      { cause },
    );
}

async function step<T>(
  progress: Progress,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const shown = progress.begin(what);
  try {
    const result = await work();
    shown.end("done");
    return result;
  } catch (error) {
    shown.end("failed");
    throw error;
  }
}
