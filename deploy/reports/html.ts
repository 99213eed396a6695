/** The report as one page for the screen and for A4 paper; nothing is loaded. */
import { html, raw } from "hono/html";
import type { Outage, ServerMonth, TopDay } from "./collect.ts";
import { clock } from "./month.ts";
import {
  type AnnouncedWork,
  customerAvailability,
  percent,
  type Report,
} from "./report.ts";
import { REPORT_STYLE } from "./style.ts";
import type { ReportTexts } from "./texts.ts";

type Markup = ReturnType<typeof html>;

/** The whole page. Names come from outside: `html` escapes them. */
export function reportHtml(report: Report, texts: ReportTexts): string {
  const { customer, month, data, work, madeMs } = report;
  const share = customerAvailability(report);
  const isMet = share >= data.target;
  const { zone } = month;
  return String(html`
    <!doctype html>
    <html lang="${texts.lang}">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>${customer} ${month.name} ${texts.title}</title>
      <style>${raw(REPORT_STYLE)}</style>
      <main>
    <header>
    <h1>${texts.title}</h1>
    <p class="who"><b>${customer}</b> · ${month.name}</p>
    <p>${texts.period} ${clock(month.startMs, zone)} – ${clock(
      month.endMs,
      zone,
    )} (${zone}) · ${texts.made} ${clock(madeMs, zone)}</p>
    </header>
    ${month.isProvisional
      ? html`<p class="provisional">${texts.provisional}</p>`
      : ""}
    <section class="figures">
    <div class="${isMet ? "good" : "bad"}"><span>${texts
      .availability}</span><b id="availability">${percent(share)}</b></div>
    <div><span>${texts.target}</span><b>${percent(
      data.target,
    )}</b><i class="${isMet ? "good" : "bad"}">${isMet
      ? texts.met
      : texts.missed}</i></div>
    <div><span>${texts.servers}</span><b>${data.servers.length}</b></div>
    <div><span>${texts.outages}</span><b>${data.outages.length}</b></div>
    </section>
    <h2>${texts.serverTable}</h2>
    ${serverTable(data.servers, data.target, texts)}
    <h2>${texts.outages}</h2>
    ${outageTable(data.outages, zone, texts)}
    <h2>${texts.maintenance}</h2>
    ${workTable(work, texts)}
    <h2>${texts.top}</h2>
    <div class="top">
    ${topTable(texts.cpu, data.top.cpu, zone)}
    ${topTable(texts.memory, data.top.memory, zone)}
    ${topTable(texts.disk, data.top.disk, zone)}
    </div>
    <footer><p>${texts.unobserved}: ${Math.round(
      data.unobservedMinutes,
    )}</p><p>${texts.note}</p></footer>
      </main>
    </html>
  `);
}

function serverTable(
  servers: readonly ServerMonth[],
  target: number,
  texts: ReportTexts,
): Markup {
  return html`
    <table id="servers">
      <thead>
        <tr>
          <th>${texts.server}</th>
          <th>${texts.availability}</th>
          <th>${texts.down}</th>
          <th>${texts.excluded}</th>
          <th>${texts.completeness}</th>
          <th>${texts.days}</th>
        </tr>
      </thead>
      <tbody>${servers.map((one) =>
        html`
          <tr>
            <td>${one.server}</td>
            <td class="number ${one.availability >= target
              ? "good"
              : "bad"}">${percent(one.availability)}</td>
            <td class="number">${one.downMinutes}</td>
            <td class="number">${one.maintenanceMinutes}</td>
            <td class="number">${one.completeness === undefined
              ? "–"
              : percent(one.completeness)}</td>
            <td>${dayStrip(one.days, target)}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}

/** One bar a day: as high as it was available, red under the objective. */
function dayStrip(
  days: readonly (number | undefined)[],
  target: number,
): Markup {
  const bars = days.map((share, i) => {
    if (share === undefined) return "";
    const colour = share >= target ? "good" : "bad";
    // The lowest bars too can be seen.
    const height = 4 + 12 * share;
    return html`
      <rect class="${colour}" x="${i * 5}" y="${16 - height}" width="4"
        height="${height}">
        <title>${i + 1}: ${percent(share)}</title>
      </rect>
    `;
  });
  return html`<svg width="${days.length * 5}" height="16">${bars}</svg>`;
}

function outageTable(
  outages: readonly Outage[],
  zone: string,
  texts: ReportTexts,
): Markup {
  if (outages.length === 0) return html`<p>${texts.noOutages}</p>`;
  return html`
    <table id="outages">
      <thead>
        <tr>
          <th>${texts.start}</th>
          <th>${texts.server}</th>
          <th>${texts.minutes}</th>
        </tr>
      </thead>
      <tbody>${outages.map(({ startMs, server, minutes }) =>
        html`
          <tr>
            <td>${clock(startMs, zone)}</td>
            <td>${server}</td>
            <td class="number">${minutes}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}

function workTable(
  work: readonly AnnouncedWork[],
  texts: ReportTexts,
): Markup {
  if (work.length === 0) return html`<p>${texts.noMaintenance}</p>`;
  return html`
    <table id="work">
      <thead>
        <tr>
          <th>${texts.when}</th>
          <th>${texts.server}</th>
          <th>${texts.reason}</th>
        </tr>
      </thead>
      <tbody>${work.map(({ when, servers, reason }) =>
        html`
          <tr>
            <td>${when}</td>
            <td>${servers.join(", ") || texts.all}</td>
            <td>${reason}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}

function topTable(
  title: string,
  days: readonly TopDay[],
  zone: string,
): Markup {
  return html`
    <table>
      <caption>${title}</caption>
      <tbody>${days.map(({ dayMs, server, mean }) =>
        html`
          <tr>
            <td>${clock(dayMs, zone).slice(5, 10)}</td>
            <td>${server}</td>
            <td class="number">${(mean * 100).toFixed(1)}%</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}
