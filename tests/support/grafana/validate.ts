/** Validates a dashboard's JSON against the SDK's schema with the compiler. */
import { makeTempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import { ROOT } from "../process.ts";

/** What the compiler says about each text; empty when all are dashboards. */
export async function validateDashboards(
  texts: readonly string[],
): Promise<string> {
  using dir = makeTempDir({ prefix: "msp-schema-" });
  const path = `${dir.path}/dashboards.ts`;
  // As literals: the compiler then refuses properties that nothing knows.
  const literals = texts.map((text, i) =>
    `export const dashboard${i}: DashboardSchema = ${text};`
  );
  Deno.writeTextFileSync(
    path,
    [
      `import type { DashboardSchema } from "${ROOT}/tests/support/grafana/schema.ts";`,
      ...literals,
    ].join("\n"),
  );
  const run = await runCommand(
    [Deno.execPath(), "check", "--quiet", `--config=${ROOT}/deno.json`, path],
    { env: { NO_COLOR: "1" }, timeoutMs: 120_000 },
  );
  return run.code === 0 ? "" : run.stderr;
}
