/** wrk as many senders: bodies of remote_write over kept connections. */
import { runCommand } from "../../deploy/parts/command.ts";
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";
import { program } from "../support/parts.ts";

/** Series of one server; an agent of the fleet profile sends 300 to 400. */
export const SAMPLES_PER_BODY = 400;
/** Bodies of different servers, sent in turn. */
const SERVERS = 20;
export const CONNECTIONS = 64;
/**
 * Mean pause of each connection at equal load: about 64 / 0.05 = 1,200
 * requests/s. Random, or all connections would come in one burst.
 */
export const PAUSE_MS = 50;

/** What wrk says. */
export interface Load {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Pushes bodies for so long, and waits for the last answer. */
export async function runLoad(
  writeUrl: string,
  script: string,
  seconds: number,
): Promise<Load> {
  const { code, stdout, stderr } = await runCommand([
    program("wrk").get(),
    "--threads=1",
    `--connections=${CONNECTIONS}`,
    `--duration=${Math.ceil(seconds)}s`,
    "--latency",
    `--script=${script}`,
    writeUrl,
  ]);
  if (code !== 0) throw new Error(`Cannot run wrk: ${stderr}`);
  const read = (pattern: RegExp) => pattern.exec(stdout)?.slice(1) ?? [];
  return {
    requests: Number(read(/(\d+) requests in/)[0]),
    requestsPerSecond: Number(read(/Requests\/sec:\s+([\d.]+)/)[0]),
    p50Ms: toMs(read(/ 50%\s+([\d.]+)(\w+)/)),
    p99Ms: toMs(read(/ 99%\s+([\d.]+)(\w+)/)),
    failed: Number(read(/Non-2xx or 3xx responses: (\d+)/)[0] ?? 0),
  };
}

function toMs([value = "NaN", unit = ""]: string[]): number {
  const factor: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };
  return Number(value) * (factor[unit] ?? NaN);
}

/**
 * A script that sends each server's body in turn, with the present time; after
 * a pause of this mean when it is not 0.
 */
export async function writeScript(
  path: string,
  pauseMs: number,
): Promise<void> {
  const bodies = Array.from({ length: SERVERS }, (_, server) => {
    const bytes = Array.from(makeBody(server));
    return `"${bytes.map((b) => `\\${String(b).padStart(3, "0")}`).join("")}"`;
  });
  await Deno.writeTextFile(
    path,
    `local bodies = {${bodies.join(",\n")}}
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-protobuf"
wrk.headers["Content-Encoding"] = "snappy"
wrk.headers["X-Prometheus-Remote-Write-Version"] = "0.1.0"
function request()
  n = n % ${SERVERS} + 1
  return wrk.format(nil, nil, nil, bodies[n])
end
${
      pauseMs === 0
        ? ""
        : `function delay() return math.random(0, ${2 * pauseMs}) end\n`
    }`,
  );
}

function makeBody(server: number): Uint8Array {
  const timestampMs = Date.now();
  const series = Array.from({ length: SAMPLES_PER_BODY }, (_, i) => ({
    labels: [
      { name: "__name__", value: `node_metric_${i % 40}_total` },
      { name: "csp", value: "kt" },
      { name: "customer_id", value: "bench" },
      { name: "device", value: `d${Math.floor(i / 40)}` },
      { name: "environment", value: "prod" },
      { name: "region", value: "kr-1" },
      { name: "server_name", value: `bench-${server}` },
    ],
    samples: [{ value: i * 1.37 + server, timestampMs }],
  }));
  return compress(encodeWriteRequest({ series }));
}
