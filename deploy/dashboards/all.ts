/** All dashboards, in the order in which an operator meets them. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { customerDetail } from "./customer_detail.ts";
import { overview } from "./overview.ts";
import { relayHealth } from "./relay_health.ts";
import { serverDetail } from "./server_detail.ts";
import { sla } from "./sla.ts";
import type { Texts } from "./texts.ts";

/** Builds each in the language of `texts`. */
export function buildDashboards(texts: Texts): Dashboard[] {
  return [overview, customerDetail, serverDetail, sla, relayHealth]
    .map((build) => build(texts));
}
