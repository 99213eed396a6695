import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { but, DIRECT } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";

interface Cloud {
  /** Strings of the maker: file below /sys/class/dmi/id to text. */
  readonly dmi: Readonly<Record<string, string>>;
  /** The metadata service: path to answer. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Provider and region that are found. */
  readonly found: readonly [csp: string, region: string];
}

const openstack = (zone: string) => ({
  "/openstack/latest/meta_data.json": JSON.stringify({
    uuid: "d8e02d56",
    availability_zone: zone,
  }),
});

const CLOUDS: Readonly<Record<string, Cloud>> = {
  aws: {
    dmi: { sys_vendor: "Amazon EC2", bios_vendor: "Amazon EC2" },
    metadata: {
      "/latest/api/token": "t0ken",
      "/latest/meta-data/placement/region": "ap-northeast-2",
    },
    found: ["aws", "ap-northeast-2"],
  },
  naver: {
    dmi: { sys_vendor: "NAVER CLOUD PLATFORM" },
    metadata: { "/latest/meta-data/regionCode": "KR" },
    found: ["naver", "kr"],
  },
  "naver without its name in DMI": {
    dmi: { sys_vendor: "QEMU" },
    metadata: { "/latest/meta-data/regionCode": "KR" },
    found: ["naver", "kr"],
  },
  nhn: {
    dmi: { sys_vendor: "OpenStack Foundation", product_name: "OpenStack Nova" },
    metadata: openstack("kr2-pub-a"),
    found: ["nhn", "kr2"],
  },
  kt: {
    dmi: { sys_vendor: "OpenStack Foundation", product_name: "OpenStack Nova" },
    metadata: openstack("DX-M1"),
    found: ["kt", "dx-m1"],
  },
};

const ignore = hostProblem() !== "";

const UNNAMED = but(DIRECT, "--csp=", "--region=");

function dmiFiles(dmi: Cloud["dmi"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dmi).map(([name, text]) => [
      `/sys/class/dmi/id/${name}`,
      `${text}\n`,
    ]),
  );
}

for (
  const [name, { dmi, metadata, found: [csp, region] }] of Object.entries(
    CLOUDS,
  )
) {
  Deno.test({
    name:
      `install.sh finds provider and region on ${name}, shows them, and gives way to flags`,
    ignore,
    async fn() {
      await using network = await Network.start();
      network.setCloud(metadata);
      await using host = await Sandbox.start(network, { files: dmiFiles(dmi) });

      const run = await host.install("1.4.2", [...UNNAMED, "--dry-run"]);
      assertEquals(run.code, 0, run.stderr);
      assertStringIncludes(
        run.stderr,
        `--csp=${csp} was read from this machine; give --csp to override it`,
      );
      assertStringIncludes(
        run.stderr,
        `--region=${region} was read from this machine`,
      );

      await host.install("1.4.2", [
        ...UNNAMED,
        "--csp=onprem",
        "--region=dc-1",
        "--no-start",
      ]);
      const env = host.read("/etc/msp-agent/agent.env");
      assertStringIncludes(env, "MSP_CSP=onprem\nMSP_REGION=dc-1\n");
    },
  });
}

Deno.test({
  name:
    "install.sh asks for provider and region where the machine does not say them",
  ignore,
  async fn() {
    await using network = await Network.start();
    await using host = await Sandbox.start(network, {
      files: dmiFiles({ sys_vendor: "Dell Inc." }),
    });

    const run = await host.install("1.4.2", UNNAMED);

    assertEquals(run.code, 2);
    for (const flag of ["csp", "region"]) {
      assertStringIncludes(run.stderr, `--${flag} is needed in mode direct`);
    }
  },
});

Deno.test({
  name: "install.sh does not wait for a metadata service that does not answer",
  ignore,
  async fn() {
    await using network = await Network.start();
    network.setCloud({ silent: "yes" });
    await using host = await Sandbox.start(network, {
      files: dmiFiles({ sys_vendor: "QEMU" }),
    });

    // Without a limit this would never end.
    const run = await host.install("1.4.2", UNNAMED);

    assertEquals(run.code, 2, run.stderr);
    assertStringIncludes(run.stderr, "--csp is needed");
  },
});
