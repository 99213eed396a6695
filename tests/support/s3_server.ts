/** A bucket to back up into: s3rver speaks Amazon's protocol, with signatures. */
import { runCommand } from "../../deploy/parts/command.ts";
import { Child } from "../../deploy/parts/process.ts";
import { freePort, waitUntil } from "../../deploy/parts/wait.ts";
import { missing, present, type Probed } from "./parts.ts";

const PACKAGE = "npm:s3rver@3.7.1";
/** A package of its own, which nothing of ours loads. */
const DENO_FLAGS = ["--no-config", "--no-lock", "--quiet"];
const BUCKET = "backups";
/** The only key that it knows. */
const KEY = "S3RVER";
const INSTALL_TIMEOUT_MS = 300_000;
/** A busy machine takes its time to load a hundred packages. */
const START_TIMEOUT_MS = 120_000;

/** A running server with one empty bucket. */
export interface Bucket extends AsyncDisposable {
  readonly name: string;
  /** Address without a path. */
  readonly endpoint: string;
  /** In the form of ~/.aws/credentials. */
  readonly credentials: string;
}

/** Whether the package can be had; Deno keeps it in its cache. */
export async function s3Server(): Promise<Probed<true>> {
  const { code, stderr } = await runCommand(
    [Deno.execPath(), "cache", ...DENO_FLAGS, PACKAGE],
    { timeoutMs: INSTALL_TIMEOUT_MS },
  );
  return code === 0 ? present(true) : missing("s3rver", stderr.trim());
}

/** Starts it on the new folder `dir`. */
export async function startS3(dir: string): Promise<Bucket> {
  Deno.mkdirSync(dir);
  const port = freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = new Child([
    ...[Deno.execPath(), "run", "--allow-all", ...DENO_FLAGS, PACKAGE],
    ...["--directory", dir, "--address", "127.0.0.1", "--port", String(port)],
    ...["--configure-bucket", BUCKET],
  ]);
  await waitUntil(async () => {
    if (child.status !== undefined) throw new Error(child.tail());
    const answer = await fetch(endpoint).catch(() => undefined);
    await answer?.body?.cancel();
    return answer !== undefined;
  }, { what: () => `s3rver: ${child.tail()}`, timeoutMs: START_TIMEOUT_MS });
  return {
    name: BUCKET,
    endpoint,
    credentials:
      `[default]\naws_access_key_id = ${KEY}\naws_secret_access_key = ${KEY}\n`,
    async [Symbol.asyncDispose]() {
      await child.kill();
    },
  };
}
