/** What an upgrade changes: versions, and the order of the restarts. */
import { isVersionAtLeast } from "../../parts/find.ts";
import type { Container } from "./compose.ts";

/** One service, before and after. */
export interface ServiceChange {
  readonly service: string;
  /** Image that runs now; `undefined` for one that the release adds. */
  readonly from: string | undefined;
  readonly to: string;
}

/**
 * vmauth first: it is back within a second. While the store restarts agents keep
 * their samples, and Nginx comes last, so that it finds all that it passes on to.
 */
const ORDER = [
  "vmauth",
  "victoriametrics",
  "vmstorage-1",
  "vmstorage-2",
  "vminsert",
  "vmselect",
  "vmalert",
  "alertmanager",
  "grafana",
];
const LAST = "nginx";

/** What one release does to what runs, in the order of the restarts. */
export function planServices(
  running: readonly Container[],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ServiceChange[] {
  const images = new Map(running.map(({ service, image }) => [service, image]));
  return Array.from(after)
    // What the operator has stopped, or never started, stays down.
    .filter(([service]) => images.has(service) || !before.has(service))
    .map(([service, to]) => ({ service, from: images.get(service), to }))
    .sort((a, b) => rank(a.service) - rank(b.service));
}

/** Services that would go back to an older version. */
export function downgrades(
  changes: readonly ServiceChange[],
): ServiceChange[] {
  return changes.filter(({ from, to }) =>
    from !== undefined && !isVersionAtLeast(tagOf(to), tagOf(from))
  );
}

/** `vmauth  v1.145.0 → v1.146.0`, a line each. */
export function formatServices(changes: readonly ServiceChange[]): string {
  return changes.map(({ service, from, to }) =>
    `  ${service.padEnd(18)}${
      from === undefined
        ? `new, ${tagOf(to)}`
        : from === to
        ? `${tagOf(to)}, restart only`
        : `${tagOf(from)} → ${tagOf(to)}`
    }\n`
  ).join("");
}

/** `v1.145.0` of `victoriametrics/vmauth:v1.145.0@sha256:…`. */
function tagOf(image: string): string {
  return /:([^/@]+)(@.*)?$/.exec(image)?.[1] ?? image;
}

function rank(service: string): number {
  if (service === LAST) return ORDER.length + 1;
  const place = ORDER.indexOf(service);
  return place === -1 ? ORDER.length : place;
}
