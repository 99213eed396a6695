/** What a disk is, beside its traffic: udev's names and the kernel's `rotational`. */
import { Family, type Reading } from "../../shared/metrics.ts";
import { attributeNumber } from "../host/device_files.ts";
import type { CollectorDeps } from "./types.ts";
import { UdevData, type UdevProperties } from "./udev.ts";

/** A reading that changes only when the disk does. */
export interface Fact {
  readonly reading: Reading;
  readonly value: number;
}

/** Which disk's facts are wanted. */
export interface DiskId {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
}

interface Known {
  readonly major: number;
  readonly minor: number;
  /** Time of the udev file that the facts are from. */
  readonly udevModifiedMs: number | undefined;
  readonly facts: readonly Fact[];
  udevGeneration: number;
}

/** Info metrics of disks, read again only when udev has written its files anew. */
export class DiskFacts {
  readonly #deps: CollectorDeps;
  readonly #udev: UdevData;
  readonly #families = createFamilies();
  readonly #known = new Map<string, Known>();

  constructor(deps: CollectorDeps) {
    this.#deps = deps;
    this.#udev = new UdevData(deps);
  }

  /** Looks whether udev wrote anything; once a scrape, before {@linkcode of}. */
  refresh(): void {
    this.#udev.refresh();
  }

  /** Forgets the disks that are not among `names`. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) {
      if (!names.has(name)) this.#known.delete(name);
    }
    this.#prune((name) => names.has(name));
  }

  /** The facts of one disk. */
  of(disk: DiskId): readonly Fact[] {
    const { name, major, minor } = disk;
    const known = this.#known.get(name);
    const isSameDisk = known?.major === major && known.minor === minor;
    const udevGeneration = this.#udev.generation;
    if (isSameDisk && known.udevGeneration === udevGeneration) {
      return known.facts;
    }
    const udevModifiedMs = this.#udev.modifiedMs(major, minor);
    if (isSameDisk && known.udevModifiedMs === udevModifiedMs) {
      known.udevGeneration = udevGeneration;
      return known.facts;
    }
    this.#prune((other) => other !== name);
    const facts = this.#read(disk);
    this.#known.set(name, {
      major,
      minor,
      udevModifiedMs,
      facts,
      udevGeneration,
    });
    return facts;
  }

  #read(disk: DiskId): Fact[] {
    const { info, fileSystem, deviceMapper, ata } = this.#families;
    const udev = this.#udev.read(disk.major, disk.minor);
    const facts = [
      fact(info, infoLabels(disk, udev, this.#isRotational(disk.name))),
    ];
    if (udev("ID_FS_TYPE") !== "") {
      facts.push(fact(fileSystem, [
        disk.name,
        ...FILE_SYSTEM_KEYS.map(udev),
      ]));
    }
    if (udev("DM_NAME") !== "") {
      facts.push(fact(deviceMapper, [
        disk.name,
        ...DEVICE_MAPPER_KEYS.map(udev),
      ]));
    }
    if (udev("ID_ATA") !== "") {
      for (const { family, key } of ata) {
        const value = attributeNumber(udev(key));
        if (!Number.isNaN(value)) facts.push(fact(family, [disk.name], value));
      }
    }
    return facts;
  }

  /** Whether the kernel says so; partitions have no queue and count as not. */
  #isRotational(name: string): boolean {
    // A slash in a device's name is an exclamation mark in sysfs.
    const directory = `block/${name.replaceAll("/", "!")}`;
    return this.#deps.sys.readAttribute(`${directory}/queue/rotational`) ===
      "1";
  }

  #prune(keepDevice: (name: string) => boolean): void {
    const { info, fileSystem, deviceMapper, ata } = this.#families;
    const families = [info, fileSystem, deviceMapper].concat(
      ata.map(({ family }) => family),
    );
    for (const family of families) {
      // Every family here has the device as its first label.
      family.prune(({ labels }) => keepDevice(labels[0]?.value ?? ""));
    }
  }
}

const FILE_SYSTEM_KEYS = [
  "ID_FS_TYPE",
  "ID_FS_USAGE",
  "ID_FS_UUID",
  "ID_FS_VERSION",
];

const DEVICE_MAPPER_KEYS = [
  "DM_LV_LAYER",
  "DM_LV_NAME",
  "DM_NAME",
  "DM_UUID",
  "DM_VG_NAME",
];

/** In order of preference. */
const SERIAL_KEYS = ["SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL"];

function createFamilies() {
  const gauge = (name: string, help: string, labels: string[] = []) =>
    new Family(`node_disk_${name}`, "gauge", help, ["device", ...labels]);
  return {
    info: gauge("info", "What the disk is; always 1.", [
      "major",
      "minor",
      "model",
      "path",
      "revision",
      "rotational",
      "serial",
      "wwn",
    ]),
    fileSystem: gauge(
      "filesystem_info",
      "What is written on the disk; always 1.",
      ["type", "usage", "uuid", "version"],
    ),
    deviceMapper: gauge(
      "device_mapper_info",
      "The volume that the device is; always 1.",
      ["lv_layer", "lv_name", "name", "uuid", "vg_name"],
    ),
    ata: [
      {
        family: gauge("ata_write_cache", "Whether there is a write cache."),
        key: "ID_ATA_WRITE_CACHE",
      },
      {
        family: gauge(
          "ata_write_cache_enabled",
          "Whether the write cache is on.",
        ),
        key: "ID_ATA_WRITE_CACHE_ENABLED",
      },
      {
        family: gauge(
          "ata_rotation_rate_rpm",
          "Rotations per minute, 0 for solid state.",
        ),
        key: "ID_ATA_ROTATION_RATE_RPM",
      },
    ],
  };
}

function infoLabels(
  { name, major, minor }: DiskId,
  udev: UdevProperties,
  isRotational: boolean,
): string[] {
  const serial = SERIAL_KEYS.map(udev).find((value) => value !== "") ?? "";
  return [
    name,
    String(major),
    String(minor),
    udev("ID_MODEL"),
    udev("ID_PATH"),
    udev("ID_REVISION"),
    isRotational ? "1" : "0",
    serial,
    udev("ID_WWN"),
  ];
}

function fact(family: Family, labels: readonly string[], value = 1): Fact {
  return { reading: family.reading(...labels), value };
}
