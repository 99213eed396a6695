/** `mspctl`: the operator's tool at central. Finds the command and runs it. */
import { BUILD } from "../../shared/build_info.ts";
import { wantsHelp } from "../../shared/config_argv.ts";
import { formatProblems } from "../../shared/config_text.ts";
import { AppError, describeError } from "../../shared/errors.ts";
import {
  OutputError,
  tryWriteAll,
  untilOutputFails,
  writeAll,
} from "../../shared/output.ts";
import { stderrProgress } from "../parts/progress.ts";
import { applySettings, settingsOf } from "./alerting/apply.ts";
import { authorityFingerprint, issueCertificate } from "./certificates.ts";
import { type Call, mspctlHelp, parseCall } from "./config.ts";
import {
  addCommand,
  listCommand,
  revokeCommand,
  rotateCommand,
} from "./customer.ts";
import { grafanaCommand } from "./grafana.ts";
import { initStack } from "./init.ts";
import {
  addWindowCommand,
  endWindowCommand,
  listWindowsCommand,
} from "./maintenance.ts";
import { makeConfigFiles } from "./operators/example_files.ts";
import { SettingsError } from "./operators/read_settings.ts";
import { changeRegistry } from "./registry_file.ts";
import { recomputeCommand, reportCommand } from "./sla.ts";
import { listServersCommand, restoreCommand, retireCommand } from "./server.ts";
import {
  findStackDir,
  ownerOf,
  readSettings,
  StackDirError,
} from "./stack_dir.ts";
import { type Issuer, randomToken } from "./tokens.ts";
import { upgradeCommand } from "./upgrade/upgrade.ts";

const issuer: Issuer = { newToken: randomToken, now: () => new Date() };

/** Runs one command; returns the exit code. */
export function main(args: readonly string[]): Promise<number> {
  return untilOutputFails(() => runWords(args), (text) => complain(text, 1));
}

async function runWords(args: readonly string[]): Promise<number> {
  if (args[0] === "help" || wantsHelp(args)) return say(mspctlHelp());
  const parsed = parseCall(args);
  if (!parsed.ok) return complain(formatProblems(parsed.problems), 2);
  try {
    return say(await run(parsed.call));
  } catch (error) {
    if (error instanceof OutputError) throw error;
    if (error instanceof SettingsError) {
      return complain(formatProblems(error.problems), 1);
    }
    const hint = error instanceof AppError
      ? error.hint
      : "Report this with the lines above";
    return complain(formatProblems([{ what: describeError(error), hint }]), 1);
  }
}

async function run(call: Call): Promise<string> {
  if (call.command === "version") return versionLine();
  const dir = findStackDir(call.dir);
  const { customerId: id, serverName: server, tokenFile, kind } = call;
  const now = issuer.now();
  switch (call.command) {
    case "init":
      return await initCommand(dir, call);
    case "certificate":
      return await certificateCommand(dir);
    case "customer add":
      return await addCommand(dir, id, { issuer, tokenFile, say });
    case "customer list":
      return listCommand(dir);
    case "customer rotate":
      return await rotateCommand(dir, id, { issuer, tokenFile, kind });
    case "customer revoke":
      return await revokeCommand(dir, id, call.token);
    case "customer grafana":
      return await grafanaCommand(dir, id, stderrProgress().note);
    case "server list":
      return listServersCommand(dir, id);
    case "server retire":
      return await retireCommand(dir, { customer: id, server }, now);
    case "server restore":
      return await restoreCommand(dir, { customer: id, server }, now);
    case "maintenance add":
      return await addWindowCommand(dir, call, now);
    case "maintenance list":
      return listWindowsCommand(dir, now);
    case "maintenance end":
      return await endWindowCommand(dir, call.windowId, now);
    case "sla report":
      return await reportCommand(dir, call, now);
    case "sla recompute":
      return await recomputeCommand(dir, call);
    case "apply":
      return await applyCommand(dir);
    case "upgrade":
      return await upgrade(dir, call);
  }
}

/** In the agent's form, by which the build checks both. */
function versionLine(): string {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  return `mspctl ${BUILD.version} (linux/${arch}, deno ${Deno.version.deno}, ` +
    `commit ${BUILD.commit}, built ${BUILD.date})\n`;
}

async function applyCommand(dir: string): Promise<string> {
  // First, so that nothing is written when config/ is wrong.
  settingsOf(dir);
  await changeRegistry(dir, (registry) => registry);
  makeConfigFiles(dir, ownerOf(readSettings(dir)));
  return `Tokens: vmauth takes them within 5 s\n${await applySettings(dir)}`;
}

async function initCommand(dir: string, call: Call): Promise<string> {
  const { publicUrl } = call;
  if (publicUrl === undefined) {
    throw new StackDirError(
      "Cannot set up central: its address is not known",
      "Write --public-url=https://metrics.example:8443, as agents and browsers will use it",
    );
  }
  const isHttps = publicUrl.startsWith("https:");
  const tls = call.tls ?? (isHttps ? "selfsigned" : "off");
  if (isHttps === (tls === "off")) {
    throw new StackDirError(
      `Cannot set up central: --tls=${tls} does not fit ${publicUrl}`,
      "Use https with a certificate, or http with --tls=off",
    );
  }
  await initStack(dir, { publicUrl, tls }, issuer);
  makeConfigFiles(dir, ownerOf(readSettings(dir)));
  await applySettings(dir);
  return [
    `Set up in ${dir}: .env, secrets, config, data\n`,
    tls === "selfsigned"
      ? `Own authority, SHA-256 ${await authorityFingerprint(dir)}\n`
      : "",
    tls === "files"
      ? `Put the certificate into ${dir}/secrets/tls/server.pem and server.key\n`
      : "",
    `Grafana: user admin, password in ${dir}/secrets/grafana_admin_password\n`,
    `Nginx: user msp, password in ${dir}/secrets/nginx_password\n`,
    "Next:\n",
    `  docker compose --project-directory ${dir} up -d --wait\n`,
    "  mspctl customer add CUSTOMER\n",
    `  name in ${dir}/config/msp.yml who is told of alerts, then: mspctl apply\n`,
  ].join("");
}

async function upgrade(dir: string, call: Call): Promise<string> {
  const { release, dryRun } = call;
  if (release === undefined) {
    throw new StackDirError(
      "Cannot upgrade: the new release is not named",
      "Unpack msp-central-VERSION.tar.gz beside the stack, and name its folder with --release",
    );
  }
  return await upgradeCommand(dir, {
    ...{ release, dryRun },
    apply: () => applyCommand(dir),
    progress: stderrProgress(),
    now: new Date(),
  });
}

async function certificateCommand(dir: string): Promise<string> {
  const settings = readSettings(dir);
  const publicUrl = settings.get("PUBLIC_URL") ?? "";
  await issueCertificate(dir, publicUrl, ownerOf(settings));
  return `New certificate for ${publicUrl}; Nginx takes it within a minute\n`;
}

function say(text: string): number {
  writeAll(text, (bytes) => Deno.stdout.writeSync(bytes));
  return 0;
}

function complain(text: string, code: number): number {
  tryWriteAll(text, (bytes) => Deno.stderr.writeSync(bytes));
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
