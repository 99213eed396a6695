/**
 * `msp-relay check`: whether the relay could work with these settings, without
 * touching the spool of a running one. Exit codes: ARCHITECTURE.md, "Names that
 * others rely on".
 */
import { accessSync, constants, mkdirSync } from "node:fs";
import type { Clock } from "../shared/clock.ts";
import { describeError } from "../shared/errors.ts";
import { verdictOf } from "../shared/remote_write/push_verdict.ts";
import { sanitizeUrl } from "../shared/secret.ts";
import type { RelayConfig } from "./config.ts";
import { createDestination, readCredentials } from "./destination.ts";
import type { Runtime } from "./runtime.ts";
import { readTlsPair } from "./tls.ts";
import { readTokens } from "./tokens.ts";

/** A WriteRequest without series: every receiver takes it and stores nothing. */
const EMPTY_REQUEST = new Uint8Array([0]);

interface Layer {
  readonly layer: string;
  readonly exitCode: number;
  readonly detail: string;
  /** What to do about it, when the exit code is not 0. */
  readonly hint?: string;
}

/** @throws {SettingsFileError} when a file of the settings cannot be used */
export async function checkCommand(
  config: RelayConfig,
  deps: { readonly runtime: Runtime; readonly clock: Clock },
): Promise<number> {
  const { runtime } = deps;
  const layers = [checkFiles(config), checkSpool(config)];
  if (layers.every(({ exitCode }) => exitCode === 0)) {
    layers.push(await checkCentre(config, deps));
  }
  const failed = layers.find(({ exitCode }) => exitCode !== 0);
  const exitCode = failed?.exitCode ?? 0;
  if (config.json) {
    const summary = { ok: failed === undefined, exitCode, layers };
    runtime.stdout(JSON.stringify(summary) + "\n");
    return exitCode;
  }
  for (const layer of layers) runtime.stdout(renderLine(layer));
  return exitCode;
}

function renderLine({ layer, exitCode, detail, hint }: Layer): string {
  const mark = exitCode === 0 ? "ok  " : "FAIL";
  const line = `${mark}  ${layer.padEnd(9)} ${detail}\n`;
  return hint === undefined ? line : `${line}      hint: ${hint}\n`;
}

function checkFiles(config: RelayConfig): Layer {
  const { tokensFile, tlsCert, tlsKey } = config;
  readCredentials(config);
  if (tokensFile !== undefined) readTokens(tokensFile);
  if (tlsCert !== undefined && tlsKey !== undefined) {
    readTlsPair({ certPath: tlsCert, keyPath: tlsKey });
  }
  return { layer: "settings", exitCode: 0, detail: "complete, files readable" };
}

function checkSpool({ spool }: RelayConfig): Layer {
  try {
    mkdirSync(spool, { recursive: true, mode: 0o750 });
    accessSync(spool, constants.R_OK | constants.W_OK);
    return { layer: "spool", exitCode: 0, detail: `"${spool}" is writable` };
  } catch (error) {
    const hint = `Give "${spool}" to this user, or name another folder with ` +
      "--spool";
    return { layer: "spool", exitCode: 10, detail: describeError(error), hint };
  }
}

async function checkCentre(
  config: RelayConfig,
  { runtime, clock }: { readonly runtime: Runtime; readonly clock: Clock },
): Promise<Layer> {
  const { push } = createDestination(
    config.remoteWriteUrl,
    readCredentials(config),
    { clock, createFetch: runtime.createFetch },
  );
  const outcome = await push(EMPTY_REQUEST, { encoding: "snappy", attempt: 1 });
  if (outcome.kind === "delivered") {
    const detail = `"${sanitizeUrl(config.remoteWriteUrl)}" accepts`;
    return { layer: "centre", exitCode: 0, detail };
  }
  if (outcome.kind === "aborted") throw new Error("Nobody aborts this push");
  return { layer: "centre", detail: outcome.message, ...verdictOf(outcome) };
}
