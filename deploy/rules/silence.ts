/**
 * Servers and relays that are known and silent.
 *
 * Samples are up to 15 s old when they stop, so what was lost at one moment goes
 * silent over 15 s. Servers of one customer are therefore judged together, and
 * one message names them all.
 *
 * For the same reason a server may have been silent for longer than the relay
 * that it was lost with. What is behind a relay waits while that is about to be
 * judged: RelayDown is told first, and Alertmanager then holds back what it
 * explains. When the relay is back, its servers have a minute to push again.
 */
import { RETIRED } from "./expressions.ts";
import { DOWN_AFTER, SERVER } from "./selectors.ts";

/**
 * What is lost within 10 s goes silent within 25, since samples are up to 15 s
 * old by then. The first that is down waits 10 s in its `group_wait`, so that
 * the others may be silent for 15 s less than `DOWN_AFTER`.
 */
const TOGETHER_S = 25;
const TOGETHER_AFTER_S = 85;
/** Until those 25 s later are down by themselves. */
const HEARD_BEFORE = "130s";
/**
 * 35 s before `DOWN_AFTER`: servers that go down with another one do so 15 s
 * before it, and are silent for up to 15 s longer than their relay.
 */
const RELAY_SUSPECT_S = 65;
/** 15 s after it: RelayDown has fired. */
const RELAY_JUDGED_S = 115;
const RELAYING = 'msp_build_info{program="relay",customer_id!=""}';
const SENDING = 'node_uname_info{customer_id!=""}';

/** Servers that have sent within the window. */
export function servers(window: string): string {
  return `present_over_time(${SENDING}[${window}])`;
}

/** Relays that have sent within the window. */
export function relays(window: string): string {
  return `present_over_time(${RELAYING}[${window}])`;
}

/**
 * Who is known and not heard. One whose last sample is little newer than that of
 * another of its customer that is down goes down with it.
 */
function silent(known: string, samples: string): string {
  return `(WITH (
  known = ${known},
  silent = known unless on (${SERVER}) present_over_time(${samples}[${DOWN_AFTER}]),
  heard = max by (${SERVER}) (tlast_over_time(${samples}[${HEARD_BEFORE}])),
  lost = max by (customer_id) (heard and on (${SERVER}) silent),
)
silent
or on (${SERVER})
(known and on (${SERVER}) (heard <= on (customer_id) group_left () (lost + ${TOGETHER_S}) <= time() - ${TOGETHER_AFTER_S})))`;
}

const RELAY_AGE = named(
  `time() - max by (${SERVER}) (tlast_over_time(${RELAYING}[10m]))`,
);

/** Relays about to be judged, and those that RelayDown has just ended for. */
const RELAYS_IN_DOUBT =
  `(${RELAY_AGE} > ${RELAY_SUSPECT_S} < ${RELAY_JUDGED_S} or (${RELAY_AGE} < ${RELAY_SUSPECT_S} and on (customer_id, relay) last_over_time(ALERTS{alertname="RelayDown",alertstate="firing"}[1m])))`;

/** A relay under the name by which its servers know it. */
function named(series: string): string {
  return `label_replace(${series}, "relay", "$1", "server_name", "(.+)")`;
}

/** Servers that are down, but for what {@linkcode SILENT_RELAYS} may explain. */
export const SILENT_SERVERS: string = silent(
  `msp:server_known:timestamp
    unless on (${SERVER}) ${RETIRED}
    unless on (customer_id, relay) ${RELAYS_IN_DOUBT}`,
  SENDING,
);

/** Relays that are down, with their name as label `relay`. */
export const SILENT_RELAYS: string = named(
  silent(
    `msp:relay_known:timestamp unless on (${SERVER}) ${RETIRED}`,
    RELAYING,
  ),
);
