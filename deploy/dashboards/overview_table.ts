/** The table of all customers. */
import { toCustomer } from "./links.ts";
import {
  ALERTS,
  CPU,
  DISK,
  MEMORY,
  RECEIVED,
  STATE,
  TRANSMITTED,
} from "./overview_numbers.ts";
import type { AnyPanel } from "./panels.ts";
import { table } from "./table.ts";
import type { Texts } from "./texts.ts";
import * as thresholds from "./thresholds.ts";

/** The table. */
export function customerTable(texts: Texts): AnyPanel {
  const each = (how: string, expr: string) =>
    `${how} by (customer_id) (${expr})`;
  // Customers with nothing to count stay in the table, with a zero.
  const orZero = (expr: string) => `${expr} or 0 * ${each("count", STATE)}`;
  return table(texts, {
    key: "overviewTable",
    width: 24,
    height: 10,
    labels: [{
      label: "customer_id",
      title: "customer_id",
      link: toCustomer(texts, "row"),
    }],
    columns: [
      {
        ref: "servers",
        title: "servers",
        unit: "count",
        expr: each("count", STATE),
      },
      {
        ref: "down",
        title: "down",
        unit: "count",
        thresholds: thresholds.NONE_ALLOWED,
        expr: orZero(each("count", `${STATE} == 0`)),
      },
      {
        ref: "cpu",
        title: "cpuMean",
        unit: "ratio",
        thresholds: thresholds.CPU,
        expr: each("avg", CPU),
      },
      {
        ref: "cpu_max",
        title: "cpuMax",
        unit: "ratio",
        thresholds: thresholds.CPU,
        expr: each("max", CPU),
      },
      {
        ref: "memory",
        title: "memoryMean",
        unit: "ratio",
        thresholds: thresholds.MEMORY,
        expr: each("avg", MEMORY),
      },
      {
        ref: "disk",
        title: "diskWorst",
        unit: "ratio",
        thresholds: thresholds.DISK,
        expr: each("max", DISK),
      },
      {
        ref: "in",
        title: "received",
        unit: "bytesPerSecond",
        expr: each("sum", RECEIVED),
      },
      {
        ref: "out",
        title: "transmitted",
        unit: "bytesPerSecond",
        expr: each("sum", TRANSMITTED),
      },
      {
        ref: "alerts",
        title: "alerts",
        unit: "count",
        thresholds: thresholds.NONE_ALLOWED,
        expr: orZero(each("count", ALERTS)),
      },
    ],
    sort: { by: "alerts", descending: true },
  });
}
