/**
 * NVMe controllers and namespaces. Source: the kernel's
 * drivers/nvme/host/sysfs.c; node_exporter collector/nvme_linux.go.
 *
 * Two things differ from node_exporter, on purpose. An attribute that a kernel
 * does not have (`nuse` before 6.8) costs only its own series. And a namespace's
 * size is what sysfs says, in sectors of 512 bytes; node_exporter multiplies by
 * the block size, which is eight times too much on disks formatted to 4 KiB.
 */
import { Family } from "../../shared/metrics.ts";
import { attributeNumber, type DeviceFiles } from "../host/device_files.ts";
import { DeviceTable } from "./device_table.ts";
import { LiveReadings } from "./live_readings.ts";
import { type Collector, type CollectorDeps, NoDataError } from "./types.ts";

const SECTOR_BYTES = 512;
/** With multipath, a namespace below its controller is `nvme0c0n1`. */
const NAMESPACE = /^nvme\d+(?:c\d+)?n(\d+)$/;

interface Controller {
  readonly name: string;
  readonly files: DeviceFiles;
}

/** What the controllers are and, on demand, how full their namespaces are. */
export function nvme(deps: CollectorDeps): Collector {
  const { sys, options } = deps;
  const families = createFamilies();
  const live = new LiveReadings();
  const controllers = new DeviceTable((name): Controller => ({
    name,
    files: sys.device(`class/nvme/${name}`),
  }));

  return {
    collect(out) {
      const names = sys.list("class/nvme");
      if (names.length === 0) {
        throw new NoDataError("nvme", "Switch the collector off on this host");
      }
      controllers.begin();
      for (const name of names) controllers.named(name);
      controllers.end(({ files }) => files.close());
      live.begin(out);
      for (const controller of controllers.devices()) {
        if (controller.files.refresh() === "absent") continue;
        setInfo(controller, families, live);
        if (!options.nvmeNamespaces) continue;
        for (const directory of sys.list(`class/nvme/${controller.name}`)) {
          setNamespace(controller, directory, families, live);
        }
      }
      live.end();
    },
  };
}

type Families = ReturnType<typeof createFamilies>;

function createFamilies() {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Family(`node_nvme_${name}`, "gauge", help, ["device", ...labels]);
  const bytes = (name: string, help: string) =>
    gauge(`namespace_${name}_bytes`, help, "nsid");
  return {
    info: gauge(
      "info",
      "What the controller is; always 1.",
      "cntlid",
      "firmware_revision",
      "model",
      "serial",
      "state",
    ),
    namespaceInfo: gauge(
      "namespace_info",
      "State of the path to the namespace; always 1.",
      "ana_state",
      "nsid",
    ),
    capacity: bytes("capacity", "Bytes that the namespace can hold."),
    size: bytes("size", "Size of the namespace, bytes."),
    used: bytes("used", "Bytes that the namespace holds."),
    blockSize: bytes("logical_block_size", "Smallest write, bytes."),
  };
}

function setInfo(
  { name, files }: Controller,
  { info }: Families,
  live: LiveReadings,
): void {
  const text = (file: string) => files.attribute(file) ?? "";
  const reading = info.reading(
    name,
    text("cntlid"),
    text("firmware_rev"),
    text("model"),
    text("serial"),
    text("state"),
  );
  live.set(reading, 1);
}

/** Nothing for a directory that is no namespace. */
function setNamespace(
  { name, files }: Controller,
  directory: string,
  families: Families,
  live: LiveReadings,
): void {
  const nsid = NAMESPACE.exec(directory)?.[1];
  if (nsid === undefined) return;
  const anaState = files.attribute(`${directory}/ana_state`) ?? "";
  live.set(families.namespaceInfo.reading(name, anaState, nsid), 1);
  const number = (file: string) =>
    attributeNumber(files.attribute(`${directory}/${file}`));
  const blockSizeBytes = number("queue/logical_block_size");
  const sizeBytes = number("size") * SECTOR_BYTES;
  live.set(families.blockSize.reading(name, nsid), blockSizeBytes);
  live.set(families.size.reading(name, nsid), sizeBytes);
  live.set(families.capacity.reading(name, nsid), sizeBytes);
  live.set(families.used.reading(name, nsid), number("nuse") * blockSizeBytes);
}
