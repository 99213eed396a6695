import {
  chipLabels,
  cleanName,
  parseSensorFile,
  sensorMetric,
} from "../../../agent/collectors/hwmon_names.ts";
import { assertEquals } from "../../support/assert.ts";

const FILES: Readonly<Record<string, readonly [string, string, string]>> = {
  temp1_input: ["temp", "temp1", "input"],
  temp12_crit_alarm: ["temp", "temp12", "crit_alarm"],
  pwm1: ["pwm", "pwm1", ""],
  pwm1_auto_point1_temp: ["pwm", "pwm1", "auto_point1_temp"],
  in0_min: ["in", "in0", "min"],
  cpu0_vid: ["cpu", "cpu0", "vid"],
  power1_average_interval_max: ["power", "power1", "average_interval_max"],
  beep_enable: ["beep_enable", "beep_enable0", ""],
  update_interval: ["update_interval", "update_interval0", ""],
  vrm: ["vrm", "vrm0", ""],
  intrusion0_alarm: ["intrusion", "intrusion0", "alarm"],
};

for (const [file, [type, sensor, property]] of Object.entries(FILES)) {
  Deno.test(`parseSensorFile() takes ${file} apart`, () => {
    assertEquals(parseSensorFile(file), { type, sensor, property });
  });
}

for (const file of ["name", "uevent", "1temp", "modalias", "input3", ""]) {
  Deno.test(`parseSensorFile() takes "${file}" for no sensor`, () => {
    assertEquals(parseSensorFile(file), undefined);
  });
}

const METRICS: readonly [string, string, string, number, number][] = [
  ["temp", "input", "temp_celsius", 0.001, 1],
  ["temp", "max", "temp_max_celsius", 0.001, 1],
  ["temp", "crit_alarm", "temp_crit_alarm_celsius", 0.001, 1],
  ["temp", "alarm", "temp_alarm", 1, 1],
  ["temp", "fault", "temp_fault", 1, 1],
  ["temp", "beep", "temp_beep_enabled", 1, 1],
  ["temp", "type", "temp_type", 1, 1],
  ["in", "input", "in_volts", 0.001, 1],
  ["in", "beep", "in_beep_enabled", 1, 1],
  ["cpu", "vid", "cpu_vid_volts", 0.001, 1],
  ["curr", "input", "curr_amps", 0.001, 1],
  ["power", "input", "power_watt", 1, 1e6],
  ["power", "average", "power_average_watt", 1, 1e6],
  ["power", "accuracy", "power_accuracy", 1, 1e6],
  ["power", "average_interval", "power_average_interval_seconds", 0.001, 1],
  [
    "power",
    "average_interval_min",
    "power_average_interval_min_seconds",
    0.001,
    1,
  ],
  ["energy", "input", "energy_joule_total", 1, 1e6],
  ["humidity", "input", "humidity", 1, 1e6],
  ["fan", "input", "fan_rpm", 1, 1],
  ["fan", "target", "fan_target_rpm", 1, 1],
  ["fan", "div", "fan_div", 1, 1],
  ["fan", "alarm", "fan_alarm", 1, 1],
  ["freq", "input", "freq_freq_mhz", 1, 1e6],
  ["pwm", "", "pwm", 1, 1],
  ["pwm", "enable", "pwm_enable", 1, 1],
  ["intrusion", "alarm", "intrusion_alarm", 1, 1],
];

for (const [type, property, name, factor, divisor] of METRICS) {
  Deno.test(`sensorMetric() gives ${name} for ${type} and "${property}"`, () => {
    assertEquals(sensorMetric(type, property, false), {
      name: `node_hwmon_${name}`,
      kind: type === "energy" ? "counter" : "gauge",
      factor,
      divisor,
    });
  });
}

Deno.test("sensorMetric() names input where the bare file is there too", () => {
  assertEquals(
    sensorMetric("fan", "input", true).name,
    "node_hwmon_fan_input_rpm",
  );
});

const CLEAN = {
  "coretemp.0": "coretemp_0",
  "0000:01:00.0": "0000:01:00_0",
  "SYSTIN": "systin",
  "_a-b_": "a_b",
  "...": "",
};

for (const [text, clean] of Object.entries(CLEAN)) {
  Deno.test(`cleanName() makes "${clean}" of "${text}"`, () => {
    assertEquals(cleanName(text), clean);
  });
}

function chip(directory: string, devicePath: string, name: string) {
  return { directory, devicePath, name };
}

Deno.test("chipLabels() prefers the device's place to the name, and the name to the number", () => {
  assertEquals(
    chipLabels([
      chip("hwmon0", "/sys/devices/platform/coretemp.0", "coretemp"),
      chip("hwmon1", "", "acpitz"),
      chip("hwmon2", "", ""),
      chip("hwmon3", "/sys/devices/pci0000:00/0000:00:1f.2", "x"),
    ]),
    ["platform_coretemp_0", "acpitz", "hwmon2", "pci0000:00_0000:00:1f_2"],
  );
});

Deno.test("chipLabels() tells chips of one device apart", () => {
  const place = "/sys/devices/platform/dell";
  assertEquals(
    chipLabels([
      chip("hwmon0", place, "fan"),
      chip("hwmon1", place, "disk"),
      chip("hwmon2", place, "disk"),
      chip("hwmon3", place, ""),
    ]),
    [
      "platform_dell_fan",
      "platform_dell_hwmon1",
      "platform_dell_hwmon2",
      "platform_dell_hwmon3",
    ],
  );
});
