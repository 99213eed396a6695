/** Every collector the agent can run; its flags are in config_collectors.ts. */
import { conntrack } from "./collectors/conntrack.ts";
import { cpu } from "./collectors/cpu.ts";
import { diskstats } from "./collectors/diskstats.ts";
import { entropy } from "./collectors/entropy.ts";
import { filefd } from "./collectors/filefd.ts";
import { filesystem } from "./collectors/filesystem.ts";
import { hwmon } from "./collectors/hwmon.ts";
import { loadavg } from "./collectors/loadavg.ts";
import { meminfo } from "./collectors/meminfo.ts";
import { netclass } from "./collectors/netclass.ts";
import { netdev } from "./collectors/netdev.ts";
import { netstat } from "./collectors/netstat.ts";
import { nvme } from "./collectors/nvme.ts";
import { os } from "./collectors/os.ts";
import { pressure } from "./collectors/pressure.ts";
import { processes } from "./collectors/processes.ts";
import { sockstat } from "./collectors/sockstat.ts";
import { softnet } from "./collectors/softnet.ts";
import { stat } from "./collectors/stat.ts";
import { swap } from "./collectors/swap.ts";
import { systemd } from "./collectors/systemd.ts";
import { textfile } from "./collectors/textfile.ts";
import { time } from "./collectors/time.ts";
import type {
  Collector,
  CollectorDeps,
  CollectorFactory,
} from "./collectors/types.ts";
import { uname } from "./collectors/uname.ts";
import { vmstat } from "./collectors/vmstat.ts";
import type { CollectorName } from "./config_collectors.ts";

/** In the order of a scrape: textfile last, so that built-in series win. */
export const COLLECTORS = {
  cpu,
  stat,
  meminfo,
  loadavg,
  time,
  uname,
  os,
  filesystem,
  netdev,
  netclass,
  diskstats,
  vmstat,
  netstat,
  sockstat,
  filefd,
  conntrack,
  pressure,
  processes,
  systemd,
  hwmon,
  nvme,
  swap,
  softnet,
  entropy,
  textfile,
} as const satisfies Record<CollectorName, CollectorFactory>;

/** Builds the enabled collectors, in the table's order. */
export function createCollectors(
  enabled: ReadonlySet<string>,
  deps: CollectorDeps,
): Map<string, Collector> {
  return new Map(
    Object.entries(COLLECTORS)
      .filter(([name]) => enabled.has(name))
      .map(([name, create]) => [name, create(deps)]),
  );
}
