/**
 * Who is known: every server and relay of the last week with the time of its
 * last sample, and whether central was able to hear it.
 *
 * The week is read by the minute, and `msp:server_known:timestamp` is all that
 * the alerts read every few seconds. Measured on 2 cores that others used as
 * well: 1,000 servers take 0.16 s a minute for the week and 0.02 s for a
 * judgement of who is down; 10,000 servers 1.1 s and 0.17 s.
 */
import { AT_ONCE, type RecordingRule, type RuleGroup } from "./rule_file.ts";
import { ofCentral, PLACED_SERVER, REMEMBERED, SERVER } from "./selectors.ts";

const PLACED_ROLE = `${PLACED_SERVER}, role`;
const SENDING = 'node_uname_info{customer_id!="",server_name!=""}';
const RELAYING =
  'msp_build_info{program="relay",customer_id!="",server_name!=""}';
/**
 * How far the inventory looks back: twice its interval, so that a sample that
 * arrives after its evaluation is in the next one.
 */
const LOOK_BACK = "10m";
/**
 * A relay tells of everybody that it ever heard: a server is behind the relay
 * that heard it last. A little longer than {@linkcode LOOK_BACK}, so that no
 * server outlives the name of a relay that died with it.
 */
const RELAY_REMEMBERED_S = 900;

/** Every server that sends, with the relay that it sends through. */
function servers(how: "present" | "tlast"): string {
  const placed =
    `max by (${PLACED_ROLE}) (${how}_over_time(${SENDING}[${LOOK_BACK}]))`;
  const relayOf =
    `topk by (${SERVER}) (1, last_over_time(msp_relay_agent_last_push_timestamp_seconds[15m]) > time() - ${RELAY_REMEMBERED_S}) * 0 + 1`;
  return `(
  ${placed}
  * on (${SERVER}) group_left (relay)
  (${relayOf})
)
or on (${SERVER})
${placed}`;
}

/** Every relay's own samples; its `server_name` is the relay's name. */
const RELAYS =
  `max by (${PLACED_ROLE}) (tlast_over_time(${RELAYING}[${LOOK_BACK}]))`;

/**
 * The newest of what is there now and what was within the week; one series a
 * server, also where vmalert replays a range.
 */
function remembered(live: string, seen: string): string {
  return `max by (${PLACED_ROLE}, relay) (
topk by (${SERVER}) (1,
${live}
)
or on (${SERVER})
topk by (${SERVER}) (1, max_over_time(${seen}[${REMEMBERED}]))
)`;
}

/** Seconds between two signs of life of central. */
const ALIVE_INTERVAL_S = 10;
/** What is missed for less is seen as no silence of a server. */
const MISSED_S = 50;

/**
 * For `and on ()`. No value while central itself has missed more than 50 s within the
 * last 10 minutes: what servers sent meanwhile may still be on its way.
 * A restart that takes less makes no server look silent for long enough.
 */
export const CENTRAL_HEARS = `count_over_time(${
  ofCentral("msp:central_alive")
}[10m]) >= ${(600 - MISSED_S) / ALIVE_INTERVAL_S}`;

/** Group files by their name under deploy/vmalert/rules/. */
export const INVENTORY_RULES: Readonly<
  Record<string, readonly RuleGroup<RecordingRule>[]>
> = {
  "05-central-alive": [{
    name: "msp-central-alive",
    interval: `${ALIVE_INTERVAL_S}s`,
    ...AT_ONCE,
    // Asked of the store: while that does not answer there is no sample.
    rules: [{ record: "msp:central_alive", expr: "vector(1)" }],
  }],
  "10-inventory": [{
    name: "msp-inventory",
    interval: "5m",
    rules: [
      { record: "msp:server_info", expr: servers("present") },
      { record: "msp:server_seen:timestamp", expr: servers("tlast") },
      { record: "msp:relay_seen:timestamp", expr: RELAYS },
    ],
  }],
  "12-known": [{
    name: "msp-known",
    interval: "1m",
    ...AT_ONCE,
    rules: [
      {
        record: "msp:server_known:timestamp",
        expr: remembered(servers("tlast"), "msp:server_seen:timestamp"),
      },
      {
        record: "msp:relay_known:timestamp",
        expr: remembered(RELAYS, "msp:relay_seen:timestamp"),
      },
    ],
  }],
};
