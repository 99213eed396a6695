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

/**
 * A value that has never changed in so many scrapes is compressed with the
 * labels: five minutes tell most counters that rest for ever from slow ones.
 */
const STEADY_SCRAPES = 20;

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
  readonly #seriesOf = new WeakMap<Reading, WireSeries>();
  #readings: readonly Reading[] = [];
  #layout: Layout = { parts: [], ended: 0, duplicates: 0, overLimit: 0 };
  /** Scrapes since the layout was made. */
  #layoutAge = 0;

  constructor(identity: Identity, drops: RequestDrops) {
    this.#hostLabels = identityLabels(identity);
    this.#drops = drops;
  }

  /** The requests of one scrape; series that ended since the last get a stale marker. */
  build(readings: readonly Reading[], timestampMs: number): RequestBody[] {
    const moved = this.#noteValues(readings);
    if (
      moved || this.#layout.ended > 0 || this.#isTimeToRepack() ||
      !sameElements(readings, this.#readings)
    ) {
      this.#layout = this.#layOut(readings);
      this.#readings = readings;
      this.#layoutAge = 0;
    }
    this.#layoutAge++;
    this.#drops.duplicate.add(this.#layout.duplicates);
    this.#drops.vmLimit.add(this.#layout.overLimit);
    return this.#layout.parts.map((part) => encodePart(part, timestampMs));
  }

  /** Whether a value that the layout holds as fixed is now another one. */
  #noteValues(readings: readonly Reading[]): boolean {
    let moved = false;
    for (const reading of readings) {
      const series = this.#wireSeries(reading);
      if (reading.value === series.firstValue) {
        series.scrapesUnchanged++;
        continue;
      }
      // It has moved once, and will again: it is never fixed from now on.
      if (series.isFixed) moved = true;
      series.isFixed = false;
      series.firstValue = NaN;
    }
    return moved;
  }

  /** At growing ages, so that a host whose values all move pays next to nothing. */
  #isTimeToRepack(): boolean {
    const periods = this.#layoutAge / STEADY_SCRAPES;
    if (periods < 1 || !Number.isInteger(Math.log2(periods))) return false;
    return this.#layout.parts.some(({ series }) =>
      series.some(({ wire, ended }) =>
        !ended && !wire.isFixed && isSteady(wire)
      )
    );
  }

  #layOut(readings: readonly Reading[]): Layout {
    const series = new Map<string, PlacedSeries>();
    let duplicates = 0;
    let overLimit = 0;
    for (const reading of readings) {
      const wire = this.#wireSeries(reading);
      if (wire.labels === undefined) overLimit++;
      else if (series.has(wire.key)) duplicates++;
      else series.set(wire.key, { reading, wire, ended: false });
    }
    const live = series.size;
    for (const reading of this.#readings) {
      const wire = this.#wireSeries(reading);
      // A series that another reading goes on with has not ended.
      if (wire.labels === undefined || series.has(wire.key)) continue;
      series.set(wire.key, { reading, wire, ended: true });
    }
    const parts = splitIntoParts([...series.values()]);
    return { parts, ended: series.size - live, duplicates, overLimit };
  }

  #wireSeries(reading: Reading): WireSeries {
    let series = this.#seriesOf.get(reading);
    if (series === undefined) {
      series = toWireSeries(reading, this.#hostLabels);
      this.#seriesOf.set(reading, series);
    }
    return series;
  }
}

/** What is known of a reading besides its value. */
interface WireSeries {
  readonly key: string;
  /** Encoded labels; `undefined` when central would not keep the series. */
  readonly labels: Uint8Array | undefined;
  /** The value since the first scrape; NaN once there was another. */
  firstValue: number;
  scrapesUnchanged: number;
  /** The current layout holds its value compressed. */
  isFixed: boolean;
}

interface PlacedSeries {
  readonly reading: Reading;
  readonly wire: WireSeries;
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

function toWireSeries(
  reading: Reading,
  hostLabels: readonly Label[],
): WireSeries {
  const labels = wireLabels(reading.name, reading.labels, hostLabels);
  const fits = labels.length <= MAX_LABELS &&
    labels.every((l) => utf8Length(l.value) <= MAX_LABEL_VALUE_BYTES);
  return {
    key: labels.map((l) => `${l.name}\x00${l.value}`).join("\x00"),
    labels: fits ? encodeSeriesLabels(labels) : undefined,
    firstValue: reading.value,
    scrapesUnchanged: 0,
    isFixed: false,
  };
}

function isSteady(wire: WireSeries): boolean {
  return !Number.isNaN(wire.firstValue) &&
    wire.scrapesUnchanged >= STEADY_SCRAPES;
}

function splitIntoParts(series: readonly PlacedSeries[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < series.length; i += MAX_SERIES_PER_REQUEST) {
    const part = series.slice(i, i + MAX_SERIES_PER_REQUEST);
    parts.push({ series: part, template: toTemplate(part) });
  }
  return parts;
}

function toTemplate(series: readonly PlacedSeries[]): RequestTemplate {
  return new RequestTemplate(series.map(({ wire, ended }) => {
    const { labels = new Uint8Array(), firstValue } = wire;
    wire.isFixed = !ended && isSteady(wire);
    return wire.isFixed ? { labels, fixedValue: firstValue } : { labels };
  }));
}

function encodePart(
  { template, series }: Part,
  timestampMs: number,
): RequestBody {
  series.forEach(({ reading, wire, ended }, i) => {
    if (ended) template.setStale(i);
    else if (!wire.isFixed) template.setValue(i, reading.value);
  });
  const body = template.encode(timestampMs);
  return { body, sampleCount: series.length, timestampMs };
}

function sameElements(
  a: readonly Reading[],
  b: readonly Reading[],
): boolean {
  return a.length === b.length && a.every((reading, i) => reading === b[i]);
}
