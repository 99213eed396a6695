/**
 * Sensors of the hardware: temperatures, fans, voltages, power. Source: the
 * kernel's Documentation/hwmon/sysfs-interface.rst; node_exporter
 * collector/hwmon_linux.go.
 *
 * Off unless asked for: a value is read from the chip, which can take
 * milliseconds, and some drives log every read as an error.
 */
import { Family } from "../../shared/metrics.ts";
import type { MetricKind } from "../../shared/model.ts";
import type { DeviceFiles } from "../host/device_files.ts";
import { DeviceTable } from "./device_table.ts";
import {
  chipLabels,
  cleanName,
  parseSensorFile,
  type SensorMetric,
  sensorMetric,
} from "./hwmon_names.ts";
import { LiveReadings } from "./live_readings.ts";
import { passes } from "./options.ts";
import { type Collector, type CollectorDeps, NoDataError } from "./types.ts";

/** One directory of /sys/class/hwmon. */
interface Chip {
  readonly directory: string;
  readonly files: DeviceFiles;
  devicePath: string;
  name: string;
  label: string;
}

/** What the files of one sensor say, by property; the bare file is "". */
interface Sensor {
  readonly type: string;
  readonly texts: Map<string, string>;
}

/** Sensor values by chip. */
export function hwmon(deps: CollectorDeps): Collector {
  const { sys, options } = deps;
  const chips = new DeviceTable((directory): Chip => ({
    directory,
    files: sys.device(`class/hwmon/${directory}`),
    devicePath: "",
    name: "",
    label: "",
  }));
  const readings = new SensorReadings();

  return {
    collect(out) {
      chips.begin();
      for (const name of sys.list("class/hwmon")) chips.named(name);
      chips.end(({ files }) => files.close());
      const present = identifyChips(chips.devices(), deps);
      if (present.length === 0) {
        throw new NoDataError("hwmon", "Load the drivers of the sensors");
      }
      readings.live.begin(out);
      for (const chip of present) {
        if (!passes(options.hwmonChips, chip.label)) continue;
        readings.setChip(chip);
        for (const [name, sensor] of readSensors(chip, deps)) {
          if (passes(options.hwmonSensors, `${chip.label};${name}`)) {
            readings.setSensor(chip.label, name, sensor);
          }
        }
      }
      readings.live.end();
    },
  };
}

/** The chips that are there, with their labels, which depend on each other. */
function identifyChips(
  chips: Iterable<Chip>,
  { sys }: CollectorDeps,
): readonly Chip[] {
  const present = Array.from(chips).filter((chip) => {
    const change = chip.files.refresh();
    if (change === "other") {
      const device = `class/hwmon/${chip.directory}/device`;
      chip.devicePath = sys.realPath(device) ?? "";
      chip.name = chip.files.attribute("name") ?? "";
    }
    return change !== "absent";
  });
  const labels = chipLabels(present);
  present.forEach((chip, index) => chip.label = labels[index] ?? "");
  return present;
}

/** All sensors of a chip; older drivers keep the files in `device/`. */
function readSensors(
  { directory, files }: Chip,
  { sys }: CollectorDeps,
): Map<string, Sensor> {
  const sensors = new Map<string, Sensor>();
  for (const below of ["", "device/"]) {
    for (const file of sys.list(`class/hwmon/${directory}/${below}`)) {
      const parsed = parseSensorFile(file);
      if (parsed === undefined) continue;
      const text = files.attribute(`${below}${file}`);
      if (text === undefined) continue;
      const { type, sensor: name, property } = parsed;
      let sensor = sensors.get(name);
      if (sensor === undefined) {
        sensor = { type, texts: new Map() };
        sensors.set(name, sensor);
      }
      sensor.texts.set(property, text);
    }
  }
  return sensors;
}

/** Makes families and readings as sensors appear. */
class SensorReadings {
  readonly live = new LiveReadings();
  readonly #families = new Map<string, Family>();

  setChip({ label, name }: Chip): void {
    const chipName = cleanName(name);
    if (chipName === "") return;
    const family = this.#family("node_hwmon_chip_names", "gauge", "chip_name");
    this.live.set(family.reading(label, chipName), 1);
  }

  setSensor(chip: string, name: string, { type, texts }: Sensor): void {
    const label = texts.get("label");
    if (label !== undefined) this.#setLabel(chip, name, label);
    const own = parseNumber(texts.get(""));
    const set = (metric: string, value: number) =>
      this.#set({ name: metric, kind: "gauge" }, [chip, name], value);
    switch (type) {
      case "beep_enable":
        return set("node_hwmon_beep_enabled", own === 1 ? 1 : 0);
      case "vrm":
        return set("node_hwmon_voltage_regulator_version", own);
      case "update_interval":
        return set("node_hwmon_update_interval_seconds", own * 0.001);
    }
    for (const [property, text] of texts) {
      if (property === "label") continue;
      // A frequency is told apart by its label alone.
      const isFrequency = type === "freq" && property === "input";
      if (isFrequency && label === undefined) continue;
      const sensor = isFrequency ? cleanName(label ?? "") : name;
      const metric = sensorMetric(type, property, texts.has(""));
      const value = parseNumber(text) * metric.factor / metric.divisor;
      this.#set(metric, [chip, sensor], value);
    }
  }

  #setLabel(chip: string, name: string, label: string): void {
    // Each run of bytes that are not UTF-8 is one replacement character.
    const text = label.replace(/\ufffd+/g, "\ufffd");
    const family = this.#family(
      "node_hwmon_sensor_label",
      "gauge",
      "sensor",
      "label",
    );
    this.live.set(family.reading(chip, name, text), 1);
  }

  #set(
    { name, kind }: Pick<SensorMetric, "name" | "kind">,
    labels: readonly [chip: string, sensor: string],
    value: number,
  ): void {
    this.live.set(this.#family(name, kind, "sensor").reading(...labels), value);
  }

  #family(name: string, kind: MetricKind, ...labels: string[]): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      const help = `Hardware monitor: ${name.slice("node_hwmon_".length)}.`;
      family = new Family(name, kind, help, ["chip", ...labels]);
      this.#families.set(name, family);
    }
    return family;
  }
}

function parseNumber(text: string | undefined): number {
  return text === undefined || text === "" ? NaN : Number(text);
}
