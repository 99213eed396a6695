/** `mspctl server …`: servers that were taken off for good. */
import { nearest } from "../../shared/nearest.ts";
import { applySettings, settingsOf } from "./alerting/apply.ts";
import { isoOf } from "./operators/calendar_files.ts";
import { editList } from "./operators/edit_file.ts";
import { OPERATOR_FILES } from "./operators/read_settings.ts";
import { StackDirError } from "./stack_dir.ts";
import { StoreError, storeReader } from "./store.ts";

const PATH = OPERATOR_FILES.retired;
const HEADER = "# Written by mspctl server retire and restore.\n";

/** One server of one customer. */
interface ServerName {
  readonly customer: string;
  readonly server: string;
}

/**
 * Retires a server that is known; its samples stay. While the store does not
 * answer, any name is taken.
 */
export async function retireCommand(
  dir: string,
  { customer, server }: ServerName,
  now: Date,
): Promise<string> {
  if (isRetired(dir, { customer, server })) {
    return `${server} of ${customer} is retired already\n`;
  }
  const unchecked = await checkKnown(dir, { customer, server }, now);
  const applied = await applySettings(dir, {
    path: PATH,
    change: (text) =>
      editList(text || HEADER, "retired", (list) => {
        // Retired, taken back and retired again: the last time counts.
        const old = list.find({ customer, server });
        if (old !== undefined) list.remove(old);
        list.add({ customer, server, since: timeOf(now) });
      }),
  });
  return `${server} of ${customer} is retired: no alert when it is silent, one when it sends\n${unchecked}${applied}`;
}

/** Takes a retired server back. */
export async function restoreCommand(
  dir: string,
  { customer, server }: ServerName,
  now: Date,
): Promise<string> {
  if (!isRetired(dir, { customer, server })) {
    throw new StackDirError(
      `Cannot restore "${server}": it is not retired`,
      `Retired servers are in: mspctl server list ${customer}`,
    );
  }
  const applied = await applySettings(dir, {
    path: PATH,
    change: (text) =>
      editList(text, "retired", (list) => {
        list.find({ customer, server })?.set("until", timeOf(now));
      }),
  });
  return `${server} of ${customer} counts again\n${applied}`;
}

/** A line for each server that is or was retired. */
export function listServersCommand(dir: string, customer: string): string {
  const header = ["SERVER", "RETIRED", "RESTORED"];
  const rows = settingsOf(dir).retired
    .filter((entry) => entry.customer === customer)
    .map(({ server, since, until }) => [server, since, until ?? "-"]);
  return [header, ...rows].map(([server = "", since = "", until = ""]) =>
    `${server.padEnd(32)}${since.slice(0, 16).padEnd(18)}${
      until.slice(0, 16)
    }\n`
  ).join("");
}

/**
 * Says whether the name could not be checked; empty when it is right.
 * @throws {StackDirError} when nothing has come under that name for a week
 */
async function checkKnown(
  dir: string,
  { customer, server }: ServerName,
  now: Date,
): Promise<string> {
  let names: string[];
  try {
    const rows = await storeReader(dir).instant(
      // A gateway may have no agent.
      `group by (server_name) (last_over_time({__name__=~"msp:(server|relay)_known:timestamp",customer_id="${customer}"}[1h]))`,
      now.getTime(),
    );
    names = rows.map(({ labels }) => labels["server_name"] ?? "");
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return `warning: nobody knows whether there is such a server. ${error.message}\n`;
  }
  if (names.includes(server)) return "";
  if (names.length === 0) {
    return `warning: nobody knows whether there is such a server. The store knows none of ${customer}\n`;
  }
  const near = nearest(server, names);
  throw new StackDirError(
    `Cannot retire "${server}": ${customer} has had no such server for a week`,
    near === undefined
      ? `Its servers are: ${names.sort().join(", ")}`
      : `Did you mean: mspctl server retire ${customer} ${near}`,
  );
}

function timeOf(now: Date): string {
  return isoOf(Math.floor(now.getTime() / 1000));
}

function isRetired(dir: string, { customer, server }: ServerName): boolean {
  return settingsOf(dir).retired.some((entry) =>
    entry.customer === customer && entry.server === server &&
    entry.until === undefined
  );
}
