/** The installer's proof of delivery with the real agent, against receivers that lie. */
import { makeTempDir } from "../../deploy/parts/cleanup.ts";
import { bundle } from "../../install/compile.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Network } from "../support/installer/network.ts";
import { but, DIRECT, RELAY_AGENT } from "../support/installer/rows.ts";
import { Sandbox } from "../support/installer/sandbox.ts";
import { hostProblem } from "../support/installer/shells.ts";
import { ROOT } from "../support/process.ts";

/** `check` of the agent's sources, on the Deno that runs this test. */
const REAL_CHECK = `
export DENO_DIR=/tmp/deno HOME=/tmp NO_COLOR=1
exec /opt/deno run -A --no-config --no-lock /opt/agent.js check "$@"
`;

const direct = (port: number) =>
  but(DIRECT, `--remote-write-url=http://10.0.1.5:${port}/api/v1/write`);
const behind = (port: number) =>
  but(RELAY_AGENT, `--relay-url=http://10.0.1.5:${port}/api/v1/metrics/write`);

interface Case {
  readonly args: readonly string[];
  readonly lastLine: string;
  readonly says: string;
}

const CASES: Readonly<Record<string, Case>> = {
  "a centre that stores": {
    args: direct(8101),
    lastLine: "OK mode=direct version=1.4.2 delivery=stored",
    says: "stored at the centre after",
  },
  "a centre that only the proxy knows": {
    args: [
      ...but(
        DIRECT,
        "--remote-write-url=http://centre.invalid:8101/api/v1/write",
      ),
      ...["--insecure-http", "--proxy=http://10.0.1.5:8080"],
    ],
    lastLine: "OK mode=direct version=1.4.2 delivery=stored",
    says: "stored at the centre after",
  },
  "a relay that has passed it on": {
    args: behind(8105),
    lastLine: "OK mode=relay-agent version=1.4.2 delivery=forwarded",
    says: "forwarded to the centre by the relay",
  },
  "a centre that takes and drops": {
    args: direct(8102),
    lastLine: "FAILED code=11 id=E302",
    says: "accepted, but it cannot be read back",
  },
  "a centre that stores under another customer": {
    args: direct(8103),
    lastLine: "FAILED code=11 id=E302",
    says: "stored with customer_id='other' instead of 'kt'",
  },
  "a relay whose uplink is down": {
    args: behind(8104),
    lastLine: "OK mode=relay-agent version=1.4.2 delivery=spooled",
    says: "will be forwarded",
  },
};

Deno.test({
  name: "install.sh tells what became of a real sample",
  ignore: hostProblem() !== "",
  async fn() {
    using dir = makeTempDir({ prefix: "msp-agent-js-" });
    const agent = `${dir.path}/agent.js`;
    await bundle(`${ROOT}/agent/main.ts`, agent);
    await using network = await Network.start();
    // Waiting for a receipt that never comes takes the whole of --wait.
    const script = network.script("1.4.2").replace("--wait=45s", "--wait=3s");

    await Promise.all(
      Object.entries(CASES).map(async ([what, { args, lastLine, says }]) => {
        await using host = await Sandbox.start(network, {
          files: {
            "/check": REAL_CHECK,
            "/opt/agent.js": Deno.readTextFileSync(agent),
          },
        });
        await host.bind(Deno.execPath(), "/opt/deno");

        const run = await host.runScript(script, args);

        const output = `${what}\n${run.stdout}${run.stderr}`;
        const last = run.stdout.trimEnd().split("\n").at(-1);
        assertEquals(last, `MSP-INSTALL: ${lastLine}`, output);
        assertStringIncludes(output, says);
      }),
    );
  },
});
