/** Registers tests of the services, one server for each. */
import {
  startVictoriaMetrics,
  type VictoriaMetrics,
} from "../../../deploy/parts/victoria_metrics.ts";
import { compileRelayForTest } from "../compiled_relay.ts";
import { compileForTest } from "../denort.ts";
import { part, program } from "../parts.ts";
import { forwardPort } from "./forward_port.ts";
import { matrix } from "./matrix.ts";
import { startServer } from "./server.ts";
import { startSite } from "./site.ts";
import type { SystemdContainer } from "./systemd_container.ts";

/** Like `Deno.test`; `server` has the services installed, not started. */
export type ServiceTest = (
  name: string,
  fn: (server: SystemdContainer, store: VictoriaMetrics) => Promise<void>,
) => void;

/** One for each distribution of the matrix. */
export async function serviceTests(): Promise<ServiceTest[]> {
  const agent = await compileForTest("agent/main.ts");
  const relay = await compileRelayForTest();
  const vm = await part("victoria-metrics");
  const needs = [agent, relay, vm, program("ip")];
  const isReady = needs.every(({ available }) => available);
  return (await matrix()).map((release): ServiceTest => (name, fn) =>
    Deno.test({
      name: `${release.title}: ${name}`,
      ignore: !isReady || !release.available,
      async fn() {
        await using store = await startVictoriaMetrics({ part: vm.get() });
        using site = startSite();
        const { hostAddress } = site;
        await using port = await forwardPort(hostAddress, store.port);
        await using server = await startServer({
          ...release.options(),
          site,
          name: "gw-01",
          programs: { agent: agent.get().path, relay: relay.get() },
          remoteWriteUrl: `http://${hostAddress}:${port.port}/api/v1/write`,
        });
        await fn(server, store);
      },
    })
  );
}
