/** @jsxImportSource hono/jsx */
/** The last hours as curves: what came, what went, what waits. */
import type { Child } from "hono/jsx";
import {
  niceMax,
  peakOf,
  PLOT_HEIGHT,
  PLOT_WIDTH,
  type Point,
  toArea,
  toCurves,
  toPath,
} from "./curves.ts";
import { formatBytes, formatDuration, formatRate } from "./format.ts";
import type { View } from "./view.ts";

/** How a curve is drawn; each is told from the others by more than colour. */
type Kind = "received" | "delivered" | "spooled";

interface Curve {
  readonly kind: Kind;
  readonly name: string;
  readonly points: readonly Point[];
}

/** Both plots. */
export function PlotSection({ view }: { readonly view: View }): Child {
  const { status: { marks }, language, t } = view;
  const curves = toCurves(marks);
  if (curves === undefined) {
    return (
      <section id="plots" data-live="" class="card" aria-labelledby="plots-h">
        <h2 id="plots-h">{t.plots}</h2>
        <p class="quiet">{t.plotEmpty}</p>
      </section>
    );
  }
  const { received, delivered, spooled, spanMs } = curves;
  const span = formatDuration(spanMs / 1000, language);
  return (
    <section id="plots" data-live="" class="card" aria-labelledby="plots-h">
      <h2 id="plots-h">{t.plots}</h2>
      <div class="plots">
        <Plot
          view={view}
          title={t.plotSamples}
          span={span}
          max={niceMax(peakOf([...received, ...delivered]), "samples")}
          format={formatRate}
          curves={[
            { kind: "received", name: t.received, points: received },
            { kind: "delivered", name: t.delivered, points: delivered },
          ]}
        />
        <Plot
          view={view}
          title={t.plotSpool}
          span={span}
          max={niceMax(peakOf(spooled), "bytes")}
          format={formatBytes}
          curves={[{ kind: "spooled", name: t.waiting, points: spooled }]}
        />
      </div>
    </section>
  );
}

function Plot(
  { view: { t }, title, span, max, format, curves }: {
    readonly view: View;
    readonly title: string;
    readonly span: string;
    readonly max: number;
    readonly format: (value: number) => string;
    readonly curves: readonly Curve[];
  },
): Child {
  const summary = curves.map(({ name, points }) =>
    t.plotPeak(name, format(points.at(-1)?.value ?? 0), format(peakOf(points)))
  ).join("; ");
  return (
    <figure class="plot">
      <figcaption>
        <b>{title}</b>
        <span class="keys">
          {curves.map(({ kind, name }) => (
            <Key key={kind} kind={kind} name={name} />
          ))}
        </span>
      </figcaption>
      <div class="frame">
        <div class="scale" aria-hidden="true">
          <span>{format(max)}</span>
          <span>{format(max / 2)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox={`0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}. ${t.plotSpan(span)}. ${summary}`}
        >
          {[0, PLOT_HEIGHT / 2, PLOT_HEIGHT].map((y) => (
            <path key={y} class="grid" d={`M0 ${y}H${PLOT_WIDTH}`} />
          ))}
          {curves.map((curve) => (
            <Drawing key={curve.kind} {...curve} max={max} />
          ))}
        </svg>
        <div class="span">
          <span>{t.ago(span)}</span>
          <span>{t.justNow}</span>
        </div>
      </div>
    </figure>
  );
}

function Drawing(
  { kind, points, max }: Curve & { readonly max: number },
): Child {
  return (
    <>
      {kind !== "delivered" && (
        <path class={`area ${kind}`} d={toArea(points, max)} />
      )}
      <path class={`curve ${kind}`} d={toPath(points, max)} />
    </>
  );
}

function Key(
  { kind, name }: { readonly kind: Kind; readonly name: string },
): Child {
  return (
    <span>
      <svg viewBox="0 0 24 10" aria-hidden="true">
        <path class={`curve ${kind}`} d="M0 5H24" />
      </svg>
      {name}
    </span>
  );
}
