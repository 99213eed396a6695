/** VictoriaMetrics and its companions as parts that can be started. */
import {
  exportSeries,
  type InstantSample,
  queryInstant,
  type QueryOptions,
  queryRange,
  type RangeSeries,
} from "./promql.ts";
import { type PartOptions, RunningPart, startPart } from "./start.ts";

/** Samples of any age are kept, so that tests can use fixed times. */
const RETENTION = "-retentionPeriod=100y";

/** A running VictoriaMetrics. */
export class VictoriaMetrics extends RunningPart {
  /** Where remote_write 1.0 goes. */
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

  /** @see {@linkcode queryRange} */
  queryRange(
    promql: string,
    range: { startMs: number; endMs: number; stepMs: number },
  ): Promise<RangeSeries[]> {
    return queryRange(this.url, promql, range);
  }

  /** @see {@linkcode exportSeries} */
  exportSeries(match: string): Promise<RangeSeries[]> {
    return exportSeries(this.url, match);
  }

  /**
   * Makes what has been accepted visible to queries, which takes 1 s else. It is
   * not on disk then: a kill loses the last seconds, as with any VictoriaMetrics.
   */
  async flush(): Promise<void> {
    await this.getText("/internal/force_flush");
  }
}

/** Starts a store that answers queries about the latest second. */
export async function startVictoriaMetrics(
  options: PartOptions,
): Promise<VictoriaMetrics> {
  const { part, child, port, dataDir, tempDir } = await startPart(options, {
    readyPath: "/health",
    args: ({ dataDir, port }) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${dataDir}/victoria-metrics-data`,
      RETENTION,
      // A batch that was sent twice counts once.
      "-dedup.minScrapeInterval=1ms",
      "-search.latencyOffset=0s",
    ],
  });
  return new VictoriaMetrics(part, child, port, dataDir, tempDir);
}

/** What vmagent sends, and where. */
export interface VmagentOptions extends PartOptions {
  readonly remoteWriteUrls: readonly string[];
  /** Text of a Prometheus scrape configuration; it only relays without one. */
  readonly scrapeConfig?: string;
}

/** Starts a vmagent that scrapes, relays or both. */
export function startVmagent(options: VmagentOptions): Promise<RunningPart> {
  const { remoteWriteUrls, scrapeConfig } = options;
  return startPart(options, {
    readyPath: "/health",
    files: scrapeConfig === undefined ? {} : { "scrape.yml": scrapeConfig },
    args: ({ dataDir, port }) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-remoteWrite.tmpDataPath=${dataDir}/vmagent-data`,
      ...remoteWriteUrls.map((url) => `-remoteWrite.url=${url}`),
      ...scrapeConfig === undefined
        ? []
        : [`-promscrape.config=${dataDir}/scrape.yml`],
    ],
  });
}

/** Starts a vmauth; `authConfig` is the text of its configuration. */
export function startVmauth(
  options: PartOptions & { readonly authConfig: string },
): Promise<RunningPart> {
  return startPart(options, {
    readyPath: "/health",
    files: { "auth.yml": options.authConfig },
    args: ({ dataDir, port }) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-auth.config=${dataDir}/auth.yml`,
    ],
  });
}

/** What vmalert evaluates, and with whom it talks. */
export interface VmalertOptions extends PartOptions {
  /** Text of a rule file. */
  readonly rules: string;
  /** Answers the queries and takes recorded series and alert states. */
  readonly storeUrl: string;
  /** Alertmanager; alerts are only recorded without one. */
  readonly notifierUrl?: string;
}

/** Starts a vmalert. */
export function startVmalert(options: VmalertOptions): Promise<RunningPart> {
  const { rules, storeUrl, notifierUrl } = options;
  return startPart(options, {
    readyPath: "/health",
    files: { "rules.yml": rules },
    args: ({ dataDir, port }) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-rule=${dataDir}/rules.yml`,
      `-datasource.url=${storeUrl}`,
      `-remoteWrite.url=${storeUrl}`,
      `-remoteRead.url=${storeUrl}`,
      notifierUrl === undefined
        ? "-notifier.blackhole"
        : `-notifier.url=${notifierUrl}`,
    ],
  });
}
