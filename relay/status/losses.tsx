/** @jsxImportSource hono/jsx */
/** What will never arrive, and what was refused. */
import type { Child } from "hono/jsx";
import { formatBytes, formatCount } from "./format.ts";
import type { Loss } from "./model.ts";
import { Icon } from "./parts.tsx";
import { DROP_TEXTS, REFUSAL_TEXTS } from "./reason_texts.ts";
import type { View } from "./view.ts";

/** Drops by reason, quarantine, refusals by reason. */
export function LossSection({ view }: { readonly view: View }): Child {
  const { status: { dropped, quarantined, refused }, language, t } = view;
  const losses = [
    ...dropped.map(({ reason, ...lost }) => ({
      ...lost,
      reason: DROP_TEXTS[reason][language],
    })),
    ...quarantined.batches > 0
      ? [{ ...quarantined, reason: t.quarantine }]
      : [],
  ];
  const isEmpty = losses.length === 0 && refused.length === 0;
  return (
    <section id="losses" data-live="" class="card" aria-labelledby="losses-h">
      <h2 id="losses-h">{t.losses}</h2>
      {isEmpty
        ? (
          <p>
            <Icon tone="good" /> {t.noLosses}{" "}
            <span class="quiet">{t.lossesNote}</span>
          </p>
        )
        : (
          <div class="pair">
            <p class="quiet">{t.lossesNote}</p>
            {losses.length > 0 && <LossTable view={view} losses={losses} />}
            {refused.length > 0 && <RefusalTable view={view} />}
          </div>
        )}
    </section>
  );
}

function LossTable(
  { view: { t }, losses }: {
    readonly view: View;
    readonly losses: readonly (Omit<Loss, "reason"> & {
      readonly reason: string;
    })[];
  },
): Child {
  return (
    <table aria-label={t.dropped}>
      <thead>
        <tr>
          <th scope="col">{t.dropped}</th>
          <th scope="col" class="num">{t.batches}</th>
          <th scope="col" class="num">{t.samples}</th>
          <th scope="col" class="num">{t.size}</th>
        </tr>
      </thead>
      <tbody>
        {losses.map(({ reason, batches, samples, bytes }) => (
          <tr key={reason}>
            <th scope="row">{reason}</th>
            <td class="num">{formatCount(batches)}</td>
            <td class="num">{formatCount(samples)}</td>
            <td class="num">{formatBytes(bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RefusalTable(
  { view: { status: { refused }, language, t } }: { readonly view: View },
): Child {
  return (
    <table aria-label={t.refused}>
      <thead>
        <tr>
          <th scope="col">{t.refused}</th>
          <th scope="col" class="num">{t.requests}</th>
        </tr>
      </thead>
      <tbody>
        {refused.map(({ reason, requests }) => (
          <tr key={reason}>
            <th scope="row">{REFUSAL_TEXTS[reason][language]}</th>
            <td class="num">{formatCount(requests)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
