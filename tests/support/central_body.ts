/** Bodies that are written to central, with the labels a test wants. */
import { encodeWriteRequest } from "../../shared/remote_write/encode.ts";
import { compress } from "../../shared/remote_write/snappy.ts";

/** One sample and what it is labelled with. */
export interface CentralSample {
  /** @default test_value */
  readonly metric?: string;
  /** Label `server_name`. @default web-01 */
  readonly server?: string;
  /** Label `customer_id`, whatever the token's is; none without. */
  readonly customer?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly value?: number;
  /** @default a minute ago: ranges are answered in steps that are over */
  readonly timestampMs?: number;
}

/** A remote_write body with one sample. */
export function centralBody(
  {
    metric = "test_value",
    server = "web-01",
    customer,
    labels = {},
    value = 1,
    timestampMs = Date.now() - 60_000,
  }: CentralSample = {},
): Uint8Array<ArrayBuffer> {
  const all = {
    ...labels,
    __name__: metric,
    server_name: server,
    ...customer === undefined ? {} : { customer_id: customer },
  };
  const sorted = Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => ({ name, value: String(value) }));
  return new Uint8Array(compress(encodeWriteRequest({
    series: [{ labels: sorted, samples: [{ value, timestampMs }] }],
  })));
}
