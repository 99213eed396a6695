/** `mspctl maintenance …`: windows in config/maintenance.yml. */
import { applySettings, settingsOf, zoneOf } from "./alerting/apply.ts";
import type { Call } from "./config.ts";
import { formatWeeklyHours } from "./operators/kinds.ts";
import { editList } from "./operators/edit_file.ts";
import { OPERATOR_FILES } from "./operators/read_settings.ts";
import type { MaintenanceWindow } from "./operators/settings.ts";
import { formatZonedTime } from "./operators/zoned_time.ts";
import { StackDirError } from "./stack_dir.ts";

const PATH = OPERATOR_FILES.maintenance;

/** Adds a window. `now` is its start unless one is given. */
export async function addWindowCommand(
  dir: string,
  call: Call,
  now: Date,
): Promise<string> {
  const { customerId: customer, servers, weekly, end, reason } = call;
  if (end === undefined && weekly === undefined) {
    throw new StackDirError(
      "Cannot add a window: it would never end",
      'Write --end="2026-12-01 04:00" or --weekly="sun 02:00-04:00"',
    );
  }
  const zone = call.zone ?? zoneOf(dir);
  const today = formatZonedTime(secondsOf(now), zone);
  const start = call.start ?? (weekly === undefined ? today : undefined);
  const taken = settingsOf(dir).maintenance.map(({ id }) => id);
  const id = call.id ?? freeId(`${customer}-${today.slice(0, 10)}`, taken);
  const entry = {
    id,
    customer,
    servers: servers.length === 0 ? undefined : servers,
    weekly,
    start,
    end,
    zone: call.zone,
    reason: reason ?? "maintenance",
  };
  const applied = await applySettings(dir, {
    path: PATH,
    change: (text) => editList(text, "windows", (list) => list.add(entry)),
  });
  return `Window ${id} added to ${PATH}\n${applied}`;
}

/** A line for each window. */
export function listWindowsCommand(dir: string, now: Date): string {
  const windows = settingsOf(dir).maintenance;
  const header = ["ID", "STATE", "CUSTOMER", "SERVERS", "WHEN", "REASON"];
  const rows = windows.map((window) => [
    window.id,
    stateOf(window, secondsOf(now)),
    window.customer,
    window.servers.join(",") || "all",
    whenOf(window),
    window.reason,
  ]);
  return [header, ...rows].map((row) =>
    `${
      row.map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0)).join("  ").trimEnd()
    }\n`
  ).join("");
}

/** Ends a window now; one that has not begun is removed. */
export async function endWindowCommand(
  dir: string,
  id: string,
  now: Date,
): Promise<string> {
  const window = settingsOf(dir).maintenance.find((one) => one.id === id);
  if (window === undefined) {
    throw new StackDirError(
      `Cannot end window "${id}": there is none`,
      "Ids are in: mspctl maintenance list",
    );
  }
  const seconds = secondsOf(now);
  const { zone, startSeconds = 0, endSeconds = Infinity } = window;
  if (endSeconds <= seconds) return `Window ${id} has ended already\n`;
  const hasBegun = startSeconds <= seconds;
  // A window of nothing would be refused.
  const newEnd = Math.max(seconds, startSeconds + 1);
  const applied = await applySettings(dir, {
    path: PATH,
    change: (text) =>
      editList(text, "windows", (list) => {
        const entry = list.find({ id });
        if (entry === undefined) return;
        if (hasBegun) entry.set("end", formatZonedTime(newEnd, zone));
        else list.remove(entry);
      }),
  });
  return `Window ${id} ${hasBegun ? "ended" : "removed"}\n${applied}`;
}

const WIDTHS = [24, 6, 16, 20, 50];

function stateOf(window: MaintenanceWindow, nowSeconds: number): string {
  const { startSeconds = 0, endSeconds = Infinity } = window;
  if (endSeconds <= nowSeconds) return "over";
  if (startSeconds > nowSeconds) return "later";
  return window.weekly === undefined ? "open" : "weekly";
}

/** Hours, bounds and zone, as a person reads them. */
export function whenOf(
  { weekly, startSeconds, endSeconds, zone }: MaintenanceWindow,
): string {
  const at = (seconds: number | undefined) =>
    seconds === undefined ? "" : formatZonedTime(seconds, zone);
  const hours = weekly === undefined ? "" : `${formatWeeklyHours(weekly)} `;
  const bounds = startSeconds === undefined && endSeconds === undefined
    ? ""
    : `${at(startSeconds)} to ${at(endSeconds)} `;
  return `${hours}${bounds}${zone}`;
}

function freeId(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted;
  let number = 2;
  while (taken.includes(`${wanted}-${number}`)) number++;
  return `${wanted}-${number}`;
}

function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
