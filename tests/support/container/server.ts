/**
 * A server with agent and relay as services under the units of install/units,
 * put there by hand: these tests are about the units, not the installer.
 */
import { ROOT } from "../process.ts";
import {
  type ContainerOptions,
  startContainer,
  type SystemdContainer,
} from "./systemd_container.ts";

/** Paths of the compiled programs. */
export interface Programs {
  readonly agent: string;
  readonly relay: string;
}

/** What the services are told. */
export interface ServerOptions extends ContainerOptions {
  readonly programs: Programs;
  /** Where the relay forwards to. */
  readonly remoteWriteUrl: string;
}

const IDENTITY = "MSP_CUSTOMER_ID=kt\nMSP_CSP=kt\nMSP_REGION=kc1\n";
/** The agent's own /metrics, inside. */
export const AGENT_METRICS = "http://127.0.0.1:9100/metrics";

/** Starts a server; its services are installed, not started. */
export async function startServer(
  options: ServerOptions,
): Promise<SystemdContainer> {
  const { programs, remoteWriteUrl, name } = options;
  const server = await startContainer(options);
  const etc = server.path("/etc");
  const bin = server.path("/usr/local/bin");
  for (const program of ["agent", "relay"] as const) {
    const unit = `msp-${program}.service`;
    await Deno.copyFile(
      `${ROOT}/install/units/${unit}`,
      `${etc}/systemd/system/${unit}`,
    );
    await Deno.copyFile(programs[program], `${bin}/msp-${program}`);
    await Deno.chmod(`${bin}/msp-${program}`, 0o755);
    await Deno.mkdir(`${etc}/msp-${program}`);
  }
  await Deno.writeTextFile(
    `${etc}/msp-agent/agent.env`,
    `${IDENTITY}MSP_SERVER_NAME=${name}\nMSP_MODE=relay-server\n` +
      "MSP_RELAY_URL=http://127.0.0.1:9999/api/v1/metrics/write\n" +
      "MSP_INTERVAL=1s\nMSP_LISTEN=127.0.0.1:9100\n",
  );
  await Deno.writeTextFile(
    `${etc}/msp-relay/relay.env`,
    `${IDENTITY}MSP_SERVER_NAME=${name}\n` +
      `MSP_REMOTE_WRITE_URL=${remoteWriteUrl}\n`,
  );
  await server.sh(
    "for user in msp-agent msp-relay; do useradd -r -s /usr/sbin/nologin $user; done; systemctl daemon-reload",
  );
  return server;
}

/** Starts both services and waits until systemd has seen them ready. */
export async function startServices(server: SystemdContainer): Promise<void> {
  await server.sh("systemctl start msp-relay msp-agent");
}

/** Writes a drop-in for a unit, as an administrator does. */
export async function override(
  server: SystemdContainer,
  unit: string,
  lines: string,
): Promise<void> {
  const dir = server.path(`/etc/systemd/system/${unit}.service.d`);
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/test.conf`, `[Service]\n${lines}\n`);
  await server.sh("systemctl daemon-reload");
}
