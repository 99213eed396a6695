/** customers.json and what is made of it: vmauth's file and Grafana's tokens. */
import {
  exists,
  give,
  makeDir,
  type Owner,
  ownerOf,
  PATHS,
  readSettings,
  StackDirError,
  writeSecret,
} from "./stack_dir.ts";
import { newestToken, type Registry } from "./tokens.ts";
import { type Backends, vmauthConfig } from "./vmauth_config.ts";

/** The single store of compose.yml. */
const STORE = "http://victoriametrics:8428";

/** The store's addresses as `.env` names them. */
export function backendsOf(settings: ReadonlyMap<string, string>): Backends {
  const read = (name: string) =>
    (settings.get(name) || STORE).replace(/\/+$/, "");
  return { writeBase: read("VM_WRITE_BASE"), readBase: read("VM_READ_BASE") };
}

/** Reads customers.json. @throws {StackDirError} when it is missing or damaged */
export function readRegistry(dir: string): Registry {
  const path = `${dir}/${PATHS.registry}`;
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (cause) {
    throw new StackDirError(
      `Cannot read "${path}"`,
      "Run mspctl init first, and run this as the owner of the secrets or as root",
      { cause },
    );
  }
  const registry = parseRegistry(text);
  if (registry !== undefined) return registry;
  throw new StackDirError(
    `Cannot understand "${path}"`,
    "Put back the copy of your last backup; vmauth goes on with what it has",
  );
}

/**
 * Changes the customers under a lock, and writes all that follows from them.
 * What was written half before is completed, because everything is written anew.
 */
export async function changeRegistry(
  dir: string,
  change: (registry: Registry) => Registry,
): Promise<Registry> {
  const settings = readSettings(dir);
  const owner = ownerOf(settings);
  using _lock = await lockStack(dir, owner);
  const registry = change(readRegistry(dir));
  writeRegistry(dir, registry, { owner, backends: backendsOf(settings) });
  return registry;
}

/** Waits until nobody else changes the stack; the lock ends with its disposal. */
export async function lockStack(
  dir: string,
  owner: Owner,
): Promise<Disposable> {
  const path = `${dir}/${PATHS.registry}.lock`;
  const options = { write: true, create: true, mode: 0o600 };
  // The kernel gives the lock back when this program ends, however it ends.
  const lock = await Deno.open(path, options);
  give(path, owner);
  await lock.lock(true);
  return lock;
}

/** Writes customers.json first: the other files can be made from it again. */
export function writeRegistry(
  dir: string,
  registry: Registry,
  { owner, backends }: { readonly owner: Owner; readonly backends: Backends },
): void {
  const json = `${JSON.stringify(registry, null, 2)}\n`;
  writeSecret(`${dir}/${PATHS.registry}`, json, owner);
  const config = vmauthConfig(registry, backends);
  writeSecret(`${dir}/${PATHS.vmauth}`, config, owner);
  makeDir(`${dir}/${PATHS.readers}`, owner);
  for (const customer of registry.customers) {
    const path = `${dir}/${PATHS.readers}/${customer.id}`;
    const token = newestToken(customer, "read")?.token;
    if (token !== undefined) writeSecret(path, token, owner);
    else if (exists(path)) Deno.removeSync(path);
  }
}

function parseRegistry(text: string): Registry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isRegistry = typeof value === "object" && value !== null &&
      "version" in value && value.version === 1 &&
      "customers" in value && Array.isArray(value.customers);
    // Only mspctl writes the file, whole or not at all: version and list suffice.
    return isRegistry ? value as Registry : undefined;
  } catch {
    return undefined;
  }
}
