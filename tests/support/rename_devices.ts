/**
 * Renames, removes and replaces network devices while their attributes are kept
 * open. Run by tests/agent/host/device_files_test.ts in a network namespace of
 * its own, in which /sys shows that namespace.
 */
import { HostFiles } from "../../agent/host/files.ts";
import { assertEquals } from "./assert.ts";

function ip(...args: string[]): void {
  const { success, stderr } = new Deno.Command("ip", { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

const device = new HostFiles("/sys").device("class/net/one");
ip("link", "add", "one", "mtu", "1400", "type", "veth", "peer", "name", "two");
assertEquals(device.refresh(), "other");
assertEquals(device.attribute("mtu"), "1400");

ip("link", "set", "one", "mtu", "1300");
assertEquals(device.refresh(), "same");
assertEquals(device.attribute("mtu"), "1300");

// The kept handle stays with the renamed device: only the inode tells.
ip("link", "set", "one", "name", "three");
ip("link", "set", "two", "name", "one");
assertEquals(device.attribute("mtu"), "1300");
assertEquals(device.refresh(), "other");
assertEquals(device.attribute("mtu"), "1500");

ip("link", "del", "one");
assertEquals(device.attribute("mtu"), undefined);
assertEquals(device.refresh(), "absent");

ip("link", "add", "one", "mtu", "1200", "type", "veth", "peer", "name", "two");
assertEquals(device.refresh(), "other");
assertEquals(device.attribute("mtu"), "1200");
