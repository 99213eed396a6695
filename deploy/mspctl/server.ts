/** `mspctl server …`: servers that were taken off for good. */
import { applySettings, settingsOf } from "./alerting/apply.ts";
import { isoOf } from "./operators/calendar_files.ts";
import { editList } from "./operators/edit_file.ts";
import { OPERATOR_FILES } from "./operators/read_settings.ts";
import { StackDirError } from "./stack_dir.ts";

const PATH = OPERATOR_FILES.retired;
const HEADER = "# Written by mspctl server retire and restore.\n";

/** One server of one customer. */
interface ServerName {
  readonly customer: string;
  readonly server: string;
}

/** Retires a server; its samples stay. */
export async function retireCommand(
  dir: string,
  { customer, server }: ServerName,
  now: Date,
): Promise<string> {
  if (isRetired(dir, { customer, server })) {
    return `${server} of ${customer} is retired already\n`;
  }
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
  return `${server} of ${customer} is retired: no alert when it is silent, one when it sends\n${applied}`;
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

function timeOf(now: Date): string {
  return isoOf(Math.floor(now.getTime() / 1000));
}

function isRetired(dir: string, { customer, server }: ServerName): boolean {
  return settingsOf(dir).retired.some((entry) =>
    entry.customer === customer && entry.server === server &&
    entry.until === undefined
  );
}
