/**
 * Numbers of all servers of all customers, from recorded series but for who is
 * up: the page has to open quickly with thousands of servers.
 */
import {
  availability,
  firingAlerts,
  serverState,
} from "../rules/expressions.ts";
import { SERVER } from "../rules/selectors.ts";
import { ALL_CUSTOMERS } from "./scopes.ts";

/** 1 for each server that sends, 0 for each known one that does not. */
export const STATE = serverState(ALL_CUSTOMERS);
/** Busy share of each server. */
export const CPU = recorded("msp:cpu_busy:ratio");
/** Used share of memory of each server. */
export const MEMORY = recorded("msp:mem_used:ratio");
/** The fullest file system of each server. */
export const DISK = recorded("msp:disk_used:ratio");
/** Bytes per second into each server. */
export const RECEIVED = recorded("msp:net_rx:bps");
/** Bytes per second out of each server. */
export const TRANSMITTED = recorded("msp:net_tx:bps");
/** What fires now. */
export const ALERTS = firingAlerts(ALL_CUSTOMERS);
/** Mean of the servers over 30 days. */
export const AVAILABILITY = `avg(${availability(ALL_CUSTOMERS, "30d")})`;

function recorded(name: string): string {
  return `max by (${SERVER}) (${name}{${ALL_CUSTOMERS}})`;
}
