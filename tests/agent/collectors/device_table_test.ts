import { DeviceTable } from "../../../agent/collectors/device_table.ts";
import { Scanner } from "../../../agent/collectors/parse.ts";
import { assert, assertEquals } from "../../support/assert.ts";

function list(table: DeviceTable<{ name: string }>, text: string) {
  const scanner = new Scanner().reset(new TextEncoder().encode(text));
  const gone: string[] = [];
  table.begin();
  scanner.line();
  const devices = [];
  while (scanner.word()) devices.push(table.at(scanner));
  const isChanged = table.end(({ name }) => gone.push(name));
  return { devices, gone, isChanged };
}

Deno.test("DeviceTable keeps a device for as long as it is listed", () => {
  const table = new DeviceTable((name) => ({ name }));

  const first = list(table, "sda sdb");
  const same = list(table, "sda sdb");
  const reordered = list(table, "sdb sda");

  assertEquals(first.devices.map(({ name }) => name), ["sda", "sdb"]);
  assertEquals([first, same, reordered].map(({ isChanged }) => isChanged), [
    true,
    false,
    false,
  ]);
  assert(same.devices[0] === first.devices[0]);
  assert(reordered.devices[1] === first.devices[0]);
});

Deno.test("DeviceTable forgets a device that is no longer listed", () => {
  const table = new DeviceTable((name) => ({ name }));
  const first = list(table, "sda sdb sdc");

  const second = list(table, "sda sdc");
  const third = list(table, "sda sdb sdc");

  assertEquals(second.gone, ["sdb"]);
  assertEquals(second.isChanged, true);
  assertEquals(Array.from(table.devices(), ({ name }) => name), [
    "sda",
    "sdc",
    "sdb",
  ]);
  assert(third.devices[1] !== first.devices[1]);
  assert(third.devices[2] === first.devices[2]);
});

Deno.test("DeviceTable reports a change that a failed scrape has seen", () => {
  const table = new DeviceTable((name) => ({ name }));
  table.begin();
  table.named("sda");

  table.begin();
  table.named("sda");

  assertEquals(table.end(), true);
});
