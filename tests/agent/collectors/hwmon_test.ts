import { hwmon } from "../../../agent/collectors/hwmon.ts";
import { NoDataError } from "../../../agent/collectors/types.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
} from "../../support/assert.ts";
import { collect, fakeDeps } from "../../support/collector.ts";

const CORETEMP = "sys/devices/platform/coretemp.0/hwmon/hwmon0";
const CORETEMP_FILES = {
  [`${CORETEMP}/name`]: "coretemp\n",
  [`${CORETEMP}/device`]: { link: "../../../coretemp.0" },
  [`${CORETEMP}/temp1_label`]: "Package id 0\n",
  [`${CORETEMP}/temp1_input`]: "54000\n",
  [`${CORETEMP}/temp1_crit_alarm`]: "0\n",
  "sys/class/hwmon/hwmon0": {
    link: "../../devices/platform/coretemp.0/hwmon/hwmon0",
  },
};

Deno.test("hwmon() names the chip by its device and gives its sensors", async () => {
  using host = fakeDeps({ files: CORETEMP_FILES });

  const { lines, error } = await collect(hwmon(host));

  assertEquals(error, undefined);
  assertEquals(lines, [
    'node_hwmon_chip_names{chip="platform_coretemp_0",chip_name="coretemp"} 1',
    'node_hwmon_sensor_label{chip="platform_coretemp_0",sensor="temp1",label="Package id 0"} 1',
    'node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 54',
    'node_hwmon_temp_crit_alarm_celsius{chip="platform_coretemp_0",sensor="temp1"} 0',
  ]);
});

/** A chip without a device link, so that its name is its label. */
function chipOf(files: Readonly<Record<string, string | Uint8Array>>) {
  const all: Record<string, string | Uint8Array> = {
    "sys/class/hwmon/hwmon0/name": "chip\n",
  };
  for (const [file, content] of Object.entries(files)) {
    all[`sys/class/hwmon/hwmon0/${file}`] = content;
  }
  return all;
}

const VALUES: readonly [Record<string, string>, string[]][] = [
  [{ in0_input: "1016\n" }, ['node_hwmon_in_volts{sensor="in0"} 1.016']],
  [{ temp3_input: "-5500\n" }, [
    'node_hwmon_temp_celsius{sensor="temp3"} -5.5',
  ]],
  [
    { energy1_input: "123456789\n" },
    ['node_hwmon_energy_joule_total{sensor="energy1"} 123.456789'],
  ],
  [{ fan1_input: "0\n" }, ['node_hwmon_fan_rpm{sensor="fan1"} 0']],
  [
    { fan1: "3\n", fan1_input: "900\n" },
    [
      'node_hwmon_fan_input_rpm{sensor="fan1"} 900',
      'node_hwmon_fan{sensor="fan1"} 3',
    ],
  ],
  [
    { pwm1: "127\n", pwm1_enable: "2\n" },
    [
      'node_hwmon_pwm_enable{sensor="pwm1"} 2',
      'node_hwmon_pwm{sensor="pwm1"} 127',
    ],
  ],
  [
    { beep_enable: "1\n" },
    ['node_hwmon_beep_enabled{sensor="beep_enable0"} 1'],
  ],
  [
    { update_interval: "1500\n" },
    ['node_hwmon_update_interval_seconds{sensor="update_interval0"} 1.5'],
  ],
  [
    { vrm: "90\n" },
    ['node_hwmon_voltage_regulator_version{sensor="vrm0"} 90'],
  ],
  [
    { freq1_input: "1410000000\n", freq1_label: "sclk\n" },
    [
      'node_hwmon_freq_freq_mhz{sensor="sclk"} 1410',
      'node_hwmon_sensor_label{sensor="freq1",label="sclk"} 1',
    ],
  ],
  [{ freq1_input: "1410000000\n" }, []],
  [{ temp1_input: "N/A\n", temp1_max: "" }, []],
  [{ uevent: "OF_NAME=x\n", modalias: "x\n" }, []],
];

for (const [files, expected] of VALUES) {
  Deno.test(`hwmon() gives ${expected.length} values for ${Object.keys(files)}`, async () => {
    using host = fakeDeps({ files: chipOf(files) });

    const { lines } = await collect(hwmon(host));

    assertEquals(
      lines.filter((line) => !line.startsWith("node_hwmon_chip_names"))
        .map((line) => line.replace('chip="chip",', "")),
      expected,
    );
  });
}

Deno.test("hwmon() reads the sensors that an old driver keeps below the device", async () => {
  using host = fakeDeps({
    files: {
      "sys/devices/platform/it87.656/temp1_input": "30000\n",
      "sys/devices/platform/it87.656/power/control": "auto\n",
      "sys/class/hwmon/hwmon0/device": {
        link: "../../../devices/platform/it87.656",
      },
    },
  });

  const { lines } = await collect(hwmon(host));

  assertEquals(lines, [
    'node_hwmon_temp_celsius{chip="platform_it87_656",sensor="temp1"} 30',
  ]);
});

Deno.test("hwmon() makes one replacement character of a run of bytes that are not UTF-8", async () => {
  const label = Uint8Array.of(0x54, 0xff, 0xfe, 0x31, 0x0a);
  using host = fakeDeps({
    files: chipOf({ temp1_label: label, temp1_input: "1000\n" }),
  });

  const { lines } = await collect(hwmon(host));

  assert(lines.includes(
    'node_hwmon_sensor_label{chip="chip",sensor="temp1",label="T\ufffd1"} 1',
  ));
});

Deno.test("hwmon() filters chips by label and sensors by chip and name", async () => {
  const files = {
    ...CORETEMP_FILES,
    "sys/class/hwmon/hwmon1/name": "nvme\n",
    "sys/class/hwmon/hwmon1/temp1_input": "35850\n",
    "sys/class/hwmon/hwmon1/temp2_input": "41850\n",
  };
  using host = fakeDeps({
    files,
    options: {
      hwmonChips: { exclude: /coretemp/ },
      hwmonSensors: { exclude: /^nvme;temp2$/ },
    },
  });

  assertEquals((await collect(hwmon(host))).lines, [
    'node_hwmon_chip_names{chip="nvme",chip_name="nvme"} 1',
    'node_hwmon_temp_celsius{chip="nvme",sensor="temp1"} 35.85',
  ]);
});

Deno.test("hwmon() keeps the readings of a sensor and drops those of one that is gone", async () => {
  using host = fakeDeps({
    files: chipOf({ temp1_input: "1000\n", temp2_input: "2000\n" }),
  });
  const collector = hwmon(host);
  const temperatures = async () =>
    (await collect(collector)).readings
      .filter(({ name }) => name === "node_hwmon_temp_celsius");
  const [temp1, temp2] = await temperatures();

  host.remove("sys/class/hwmon/hwmon0/temp1_input");
  const second = await temperatures();

  assertEquals(second.length, 1);
  assert(second[0] === temp2);
  assertEquals([...temp1?.family.readings() ?? []].length, 1);
});

Deno.test("hwmon() labels a chip by its own name again when its rival is gone", async () => {
  using host = fakeDeps({
    files: {
      "sys/class/hwmon/hwmon0/name": "nvme\n",
      "sys/class/hwmon/hwmon1/name": "nvme\n",
    },
  });
  const collector = hwmon(host);
  const first = await collect(collector);

  host.remove("sys/class/hwmon/hwmon0");
  const second = await collect(collector);

  assertEquals(first.lines, [
    'node_hwmon_chip_names{chip="nvme_hwmon0",chip_name="nvme"} 1',
    'node_hwmon_chip_names{chip="nvme_hwmon1",chip_name="nvme"} 1',
  ]);
  assertEquals(second.lines, [
    'node_hwmon_chip_names{chip="nvme",chip_name="nvme"} 1',
  ]);
});

Deno.test("hwmon() has no data without chips", async () => {
  using host = fakeDeps();

  assertInstanceOf((await collect(hwmon(host))).error, NoDataError);
});
