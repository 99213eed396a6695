/**
 * Label sets: the five identity labels that every series carries, and the
 * rules that a label set has to keep.
 *
 * Source: Prometheus Remote-Write 1.0, "Labels".
 */
import type { Label } from "./model.ts";

/** The labels that say whose server a sample comes from. */
export interface Identity {
  readonly customerId: string;
  readonly serverName: string;
  readonly csp: string;
  readonly region: string;
  readonly environment: string;
  /** `relay` on a gateway; absent elsewhere. */
  readonly role?: string;
}

/** Longest label value that VictoriaMetrics keeps (`-maxLabelValueLen`). */
export const MAX_LABEL_VALUE_BYTES = 4096;

const utf8 = new TextEncoder();

/** The identity as labels. Empty values are left out: they equal an absent label. */
export function identityLabels(identity: Identity): Label[] {
  return [
    { name: "csp", value: identity.csp },
    { name: "customer_id", value: identity.customerId },
    { name: "environment", value: identity.environment },
    { name: "region", value: identity.region },
    { name: "role", value: identity.role ?? "" },
    { name: "server_name", value: identity.serverName },
  ].filter((label) => label.value !== "");
}

/**
 * The label set that goes on the wire: `__name__`, `own` and `host`, sorted by
 * the bytes of the names, without empty values. A label of `host` wins over one
 * of `own`, which is kept as `exported_…`, as Prometheus does with clashes.
 */
export function wireLabels(
  name: string,
  own: readonly Label[],
  host: readonly Label[],
): Label[] {
  const byName = new Map<string, string>([["__name__", name]]);
  for (const label of host) byName.set(label.name, label.value);
  for (const { name: ownName, value } of own) {
    if (value === "" || ownName.startsWith("__")) continue;
    byName.set(byName.has(ownName) ? `exported_${ownName}` : ownName, value);
  }
  // Label names are ASCII, so comparing code units compares bytes.
  return [...byName].map(([name, value]) => ({ name, value }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Length of a string in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  return utf8.encode(text).length;
}
