/**
 * Readings to finished request bodies. Keeps the compressed requests between
 * scrapes and rebuilds them only when the set of series changes.
 */
import {
  type Identity,
  identityLabels,
  MAX_LABEL_VALUE_BYTES,
  utf8Length,
  wireLabels,
} from "../shared/labels.ts";
import type { Reading } from "../shared/metrics.ts";
import type { Label } from "../shared/model.ts";
import { encodeSeriesLabels } from "../shared/remote_write/encode.ts";
import { RequestTemplate } from "../shared/remote_write/template.ts";

/** Most samples in one request, as Prometheus sends them. */
const MAX_SERIES_PER_REQUEST = 2_000;
/** Most labels that VictoriaMetrics keeps (`-maxLabelsPerTimeseries`). */
const MAX_LABELS = 40;

/** One body ready to be sent. */
export interface RequestBody {
  /** One snappy block with one WriteRequest. */
  readonly body: Uint8Array;
  readonly sampleCount: number;
  readonly timestampMs: number;
}

/** Counters of what never becomes a request. */
export interface RequestDrops {
  /** Two readings of equal name and labels. */
  readonly duplicate: Reading;
  /** More or longer labels than central keeps. */
  readonly vmLimit: Reading;
}

/** Turns each scrape into bodies that carry the host's labels. */
export class RequestBuilder {
  readonly #hostLabels: readonly Label[];
  readonly #drops: RequestDrops;
  /** Encoded labels of a reading; empty where it cannot be sent. */
  readonly #labelsOf = new WeakMap<Reading, EncodedLabels>();
  #readings: readonly Reading[] = [];
  #layout: Layout = { parts: [], ended: 0, duplicates: 0, overLimit: 0 };

  constructor(identity: Identity, drops: RequestDrops) {
    this.#hostLabels = identityLabels(identity);
    this.#drops = drops;
  }

  /** The requests of one scrape; series that ended since the last get a stale marker. */
  build(readings: readonly Reading[], timestampMs: number): RequestBody[] {
    if (this.#layout.ended > 0 || !sameElements(readings, this.#readings)) {
      this.#layout = this.#layOut(readings);
      this.#readings = readings;
    }
    this.#drops.duplicate.add(this.#layout.duplicates);
    this.#drops.vmLimit.add(this.#layout.overLimit);
    return this.#layout.parts.map(({ template, series }) => {
      series.forEach(({ reading, ended }, i) => {
        if (ended) template.setStale(i);
        else template.setValue(i, reading.value);
      });
      const body = template.encode(timestampMs);
      return { body, sampleCount: series.length, timestampMs };
    });
  }

  #layOut(readings: readonly Reading[]): Layout {
    const series = new Map<string, PlacedSeries>();
    let duplicates = 0;
    let overLimit = 0;
    for (const reading of readings) {
      const { key, labels } = this.#encode(reading);
      if (labels === undefined) overLimit++;
      else if (series.has(key)) duplicates++;
      else series.set(key, { reading, labels, ended: false });
    }
    const live = series.size;
    for (const reading of this.#readings) {
      const { key, labels } = this.#encode(reading);
      // A series that another reading goes on with has not ended.
      if (labels === undefined || series.has(key)) continue;
      series.set(key, { reading, labels, ended: true });
    }
    const parts = splitIntoParts([...series.values()]);
    return { parts, ended: series.size - live, duplicates, overLimit };
  }

  #encode(reading: Reading): EncodedLabels {
    let encoded = this.#labelsOf.get(reading);
    if (encoded === undefined) {
      const labels = wireLabels(reading.name, reading.labels, this.#hostLabels);
      const fits = labels.length <= MAX_LABELS &&
        labels.every((l) => utf8Length(l.value) <= MAX_LABEL_VALUE_BYTES);
      encoded = {
        key: labels.map((l) => `${l.name}\x00${l.value}`).join("\x00"),
        labels: fits ? encodeSeriesLabels(labels) : undefined,
      };
      this.#labelsOf.set(reading, encoded);
    }
    return encoded;
  }
}

interface EncodedLabels {
  readonly key: string;
  readonly labels: Uint8Array | undefined;
}

interface PlacedSeries {
  readonly reading: Reading;
  readonly labels: Uint8Array;
  /** It was in the last scrape and is not in this one. */
  readonly ended: boolean;
}

interface Part {
  readonly series: readonly PlacedSeries[];
  readonly template: RequestTemplate;
}

interface Layout {
  readonly parts: readonly Part[];
  /** Number of series that get a stale marker and are left out next time. */
  readonly ended: number;
  /** Readings that are left out in every scrape of this layout. */
  readonly duplicates: number;
  readonly overLimit: number;
}

function splitIntoParts(series: readonly PlacedSeries[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < series.length; i += MAX_SERIES_PER_REQUEST) {
    const part = series.slice(i, i + MAX_SERIES_PER_REQUEST);
    const template = new RequestTemplate(part.map((s) => s.labels));
    parts.push({ series: part, template });
  }
  return parts;
}

function sameElements(
  a: readonly Reading[],
  b: readonly Reading[],
): boolean {
  return a.length === b.length && a.every((reading, i) => reading === b[i]);
}
