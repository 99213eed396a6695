/** Prometheus and node_exporter as parts that can be started. */
import {
  type InstantSample,
  queryInstant,
  type QueryOptions,
} from "./promql.ts";
import { type PartOptions, RunningPart, startPart } from "./start.ts";

/** A running Prometheus. */
export class Prometheus extends RunningPart {
  /** Where remote_write goes. */
  get writeUrl(): string {
    return `${this.url}/api/v1/write`;
  }

  /** @see {@linkcode queryInstant} */
  queryInstant(
    promql: string,
    options: QueryOptions = {},
  ): Promise<InstantSample[]> {
    return queryInstant(this.url, promql, options);
  }
}

/** What Prometheus does beside taking remote_write. */
export interface PrometheusOptions extends PartOptions {
  /** How old a sample may be, as `30m`; in order only without it. */
  readonly outOfOrderWindow?: string;
  /** More text for its configuration, for example `scrape_configs:`. */
  readonly config?: string;
}

/** Starts a Prometheus that takes remote_write. */
export async function startPrometheus(
  options: PrometheusOptions,
): Promise<Prometheus> {
  const { outOfOrderWindow, config = "" } = options;
  const storage = outOfOrderWindow === undefined
    ? ""
    : `storage:\n  tsdb:\n    out_of_order_time_window: ${outOfOrderWindow}\n`;
  const { part, child, port, dataDir, tempDir } = await startPart(options, {
    readyPath: "/-/ready",
    files: { "prometheus.yml": `global: {}\n${storage}${config}` },
    args: ({ dataDir, port }) => [
      `--config.file=${dataDir}/prometheus.yml`,
      `--storage.tsdb.path=${dataDir}/prometheus-data`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
    ],
  });
  return new Prometheus(part, child, port, dataDir, tempDir);
}

/** Starts a node_exporter with its default collectors. */
export function startNodeExporter(options: PartOptions): Promise<RunningPart> {
  return startPart(options, {
    readyPath: "/",
    args: ({ port }) => [`--web.listen-address=127.0.0.1:${port}`],
  });
}
