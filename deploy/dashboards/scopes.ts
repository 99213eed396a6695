/**
 * What a dashboard's variables select, as label matchers.
 *
 * A variable with one value is compared with `=`: Grafana escapes a value for
 * use in a regular expression only when the variable can hold several.
 */
import { SERVER } from "../rules/selectors.ts";
import type { Scope } from "../rules/expressions.ts";

const PLACEMENT = 'csp=~"$csp",region=~"$region",environment=~"$environment"';

/** All customers, narrowed by placement. */
export const ALL_CUSTOMERS = `customer_id=~"$customer_id",${PLACEMENT}`;
/** The same, narrowed to servers. */
export const ALL_SERVERS = `${ALL_CUSTOMERS},server_name=~"$server_name"`;
/** Servers of one customer. */
export const ONE_CUSTOMER =
  `customer_id="$customer_id",${PLACEMENT},server_name=~"$server_name"`;
/** One server. */
export const ONE_SERVER =
  'customer_id="$customer_id",server_name="$server_name"';

/** Live series of what the matchers select, at the panel's resolution. */
export function live(matchers: string): Scope {
  return { matchers, window: "$__rate_interval", by: SERVER };
}
