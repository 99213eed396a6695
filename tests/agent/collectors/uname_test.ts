import { uname } from "../../../agent/collectors/uname.ts";
import { HostFileError } from "../../../agent/host/files.ts";
import { assertEquals, assertInstanceOf } from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const FILES = {
  "proc/sys/kernel/arch": "riscv64\n",
  "proc/sys/kernel/domainname": "(none)\n",
  "proc/sys/kernel/hostname": "web-1\n",
  "proc/sys/kernel/osrelease": "6.1.0-30-amd64\n",
  "proc/sys/kernel/ostype": "Linux\n",
  "proc/sys/kernel/version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.124-1\n",
};

/** The only line of a host with this name and machine. */
function line(nodename: string, machine = "riscv64"): string {
  return `node_uname_info{domainname="(none)",machine="${machine}",nodename="${nodename}",release="6.1.0-30-amd64",sysname="Linux",version="#1 SMP PREEMPT_DYNAMIC Debian 6.1.124-1"} 1`;
}

Deno.test("uname() gives what the uname call gives", async () => {
  using host = fakeDeps({ files: FILES });

  const { lines, kinds } = await collect(uname(host));

  assertEquals(lines, [line("web-1")]);
  assertEquals(kinds, { node_uname_info: "gauge" });
});

Deno.test("uname() takes its own machine where the kernel does not say it", async () => {
  using host = fakeDeps({ files: FILES });
  host.remove("proc/sys/kernel/arch");

  const { lines } = await collect(uname(host));

  assertEquals(lines, [line("web-1", "aarch64")]);
});

Deno.test("uname() keeps its reading until the host is renamed", async () => {
  using host = fakeDeps({ files: FILES });
  const collector = uname(host);
  const [before] = (await collect(collector)).readings;
  const [unchanged] = (await collect(collector)).readings;
  host.write("proc/sys/kernel/hostname", "web-2\n");

  assertEquals(unchanged === before, true);
  assertEquals((await collect(collector)).lines, [line("web-2")]);
});

Deno.test("uname() shows a rename that came with an unreadable file", async () => {
  using host = fakeDeps({ files: FILES });
  const collector = uname(host);
  await collect(collector);
  host.remove("proc/sys/kernel/domainname");
  host.write("proc/sys/kernel/hostname", "web-2\n");

  const { lines, error } = await collect(collector);
  host.write("proc/sys/kernel/domainname", "(none)\n");

  assertInstanceOf(error, HostFileError);
  assertEquals(lines, []);
  assertEquals((await collect(collector)).lines, [line("web-2")]);
});
