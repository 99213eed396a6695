/**
 * From the file names of hwmon to chips, sensors and metrics. Source: the
 * kernel's Documentation/hwmon/sysfs-interface.rst; node_exporter
 * collector/hwmon_linux.go.
 */
import type { MetricKind } from "../../shared/model.ts";

/** `temp1_input` has the type `temp`, the sensor `temp1`, the property `input`. */
export interface SensorFile {
  readonly type: string;
  readonly sensor: string;
  /** Empty for a bare file such as `pwm1`. */
  readonly property: string;
}

/** A metric, and what makes its base unit of the file's number. */
export interface SensorMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly factor: number;
  /** Dividing by 1e6 and multiplying by 1e-6 differ in the last digit. */
  readonly divisor: number;
}

/** What the label of a chip is made of. */
export interface ChipIdentity {
  /** For example `hwmon3`. */
  readonly directory: string;
  /** The device link with every link followed; empty without one. */
  readonly devicePath: string;
  /** What the driver calls the chip; may be empty. */
  readonly name: string;
}

const SENSOR_FILE = /^([^0-9]+)([0-9]*)(?:_(.+))?$/;
const SENSOR_TYPES: ReadonlySet<string> = new Set([
  "vrm",
  "beep_enable",
  "update_interval",
  "in",
  "cpu",
  "fan",
  "pwm",
  "temp",
  "curr",
  "power",
  "energy",
  "humidity",
  "intrusion",
  "freq",
]);
const FAN_SPEEDS: ReadonlySet<string> = new Set([
  "input",
  "min",
  "max",
  "target",
]);

/** Lower case; what may not stand in a metric name becomes `_`, not at the ends. */
export function cleanName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9:_]/g, "_")
    .replace(/^_+|_+$/g, "");
}

/** What a file in a chip's directory is; `undefined` for one that is no sensor. */
export function parseSensorFile(file: string): SensorFile | undefined {
  const [, type = "", number = "", property = ""] = SENSOR_FILE.exec(file) ??
    [];
  if (!SENSOR_TYPES.has(type)) return undefined;
  return { type, sensor: `${type}${Number(number)}`, property };
}

/**
 * The metric of a property. `input` is the sensor's own value and is not named,
 * unless the bare file is there too.
 */
export function sensorMetric(
  type: string,
  property: string,
  hasBareFile: boolean,
): SensorMetric {
  const isValue = property === "" || (property === "input" && !hasBareFile);
  const name = `node_hwmon_${type}${isValue ? "" : `_${cleanName(property)}`}`;
  const gauge = (suffix: string, factor = 1, divisor = 1): SensorMetric => ({
    name: `${name}${suffix}`,
    kind: "gauge",
    factor,
    divisor,
  });
  if (property === "fault" || property === "alarm") return gauge("");
  if (property === "beep") return gauge("_enabled");
  switch (type) {
    case "in":
    case "cpu":
      return gauge("_volts", 0.001);
    case "temp":
      return property === "type" ? gauge("") : gauge("_celsius", 0.001);
    case "curr":
      return gauge("_amps", 0.001);
    case "energy":
      return { ...gauge("_joule_total", 1, 1e6), kind: "counter" };
    case "power":
      if (property === "accuracy") return gauge("", 1, 1e6);
      if (/^average_interval(_min|_max)?$/.test(property)) {
        return gauge("_seconds", 0.001);
      }
      return gauge("_watt", 1, 1e6);
    case "humidity":
      return gauge("", 1, 1e6);
    case "fan":
      return FAN_SPEEDS.has(property) ? gauge("_rpm") : gauge("");
    case "freq":
      return property === "input" ? gauge("_freq_mhz", 1, 1e6) : gauge("");
    default:
      return gauge("");
  }
}

/**
 * The labels of all chips, in their order. A label names the place of the
 * device, because numbers of hwmon change from boot to boot; where two devices
 * share it, the chip's name or number is added.
 */
export function chipLabels(chips: readonly ChipIdentity[]): string[] {
  const labels = chips.map(chipLabel);
  return chips.map(({ directory, name }, index) => {
    const label = labels[index] ?? "";
    const rivals = chips.filter((_, other) => labels[other] === label);
    if (rivals.length === 1) return label;
    const suffix = cleanName(name);
    const sameName = rivals.filter((chip) => cleanName(chip.name) === suffix);
    return suffix !== "" && sameName.length === 1
      ? `${label}_${suffix}`
      : `${label}_${directory}`;
  });
}

function chipLabel({ directory, devicePath, name }: ChipIdentity): string {
  const place = devicePath.split("/").slice(-2).map(cleanName)
    .filter((part) => part !== "").join("_");
  return place || cleanName(name) || directory;
}
