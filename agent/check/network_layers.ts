/** Layers of `check` below HTTP: name, connection, certificate. */
import { describeError } from "../../shared/errors.ts";
import { networkCode } from "../../shared/remote_write/push_network.ts";
import type { Endpoint, Network } from "../host/network.ts";
import {
  bad,
  type CheckContext,
  CONNECT_TIMEOUT_MS,
  good,
  type Layer,
  type LayerResult,
} from "./layer.ts";

/** TLS only when the address asks for it. */
export function networkLayers(check: CheckContext): Layer[] {
  const { endpoint, isTls } = endpointOf(check.config.pushUrl);
  const layers: [string, () => Promise<LayerResult>][] = [
    ["dns", () => checkDns(check, endpoint)],
    ["tcp", () => checkTcp(check, endpoint)],
  ];
  if (isTls) layers.push(["tls", () => checkTls(check, endpoint)]);
  return layers.map(([name, run]) => ({ name, needsNetwork: true, run }));
}

function endpointOf(pushUrl: string): { endpoint: Endpoint; isTls: boolean } {
  const url = new URL(pushUrl);
  const isTls = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (isTls ? 443 : 80);
  return { endpoint: { hostname, port }, isTls };
}

async function checkDns(
  { runtime }: CheckContext,
  { hostname }: Endpoint,
): Promise<LayerResult> {
  const { isIP } = await import("node:net"); // 2 MB that only `check` needs
  if (isIP(hostname) !== 0) return good(`${hostname} is an address`);
  try {
    const addresses = await runtime.network.resolve(hostname);
    return good(`${hostname} is ${addresses.join(", ")}`);
  } catch (error) {
    return bad(
      20,
      `cannot resolve "${hostname}": ${describeError(error)}`,
      `Run \`getent hosts ${hostname}\`, and mend /etc/resolv.conf or the ` +
        "name in the URL",
    );
  }
}

async function checkTcp(
  check: CheckContext,
  endpoint: Endpoint,
): Promise<LayerResult> {
  const { hostname, port } = endpoint;
  const failure = await attempt(check, (network) => network.connect(endpoint));
  if (failure === undefined) return good(`${hostname}:${port} is open`);
  const late = failure === "timeout";
  return bad(
    21,
    `cannot connect to ${hostname}:${port}: ${describeFailure(failure)}`,
    late
      ? `Allow outgoing TCP to port ${port} in the firewall and the ` +
        "provider's security group"
      : `Start the receiver on ${hostname}, or mend the port in the URL`,
  );
}

async function checkTls(
  check: CheckContext,
  endpoint: Endpoint,
): Promise<LayerResult> {
  const { caFile } = check.config;
  const caPem = caFile && check.runtime.readTextFile(caFile);
  const failure = await attempt(
    check,
    (network) => network.connectTls(endpoint, caPem),
  );
  const { hostname } = endpoint;
  if (failure === undefined) return good(`certificate of ${hostname} is valid`);
  const what = describeFailure(failure);
  return bad(22, `cannot trust "${hostname}": ${what}`, tlsHint(what));
}

function tlsHint(what: string): string {
  if (/expired|not valid yet/i.test(what)) {
    return "Renew the receiver's certificate, and compare this machine's clock";
  }
  if (/not valid for name/i.test(what)) {
    return "Use the name that stands in the certificate in the URL";
  }
  return "Name the CA that signed the certificate with --ca-file";
}

/** `undefined` when it worked, else the error or "timeout". */
async function attempt(
  { runtime, clock }: CheckContext,
  step: (network: Network) => Promise<void>,
): Promise<unknown> {
  const done = new AbortController();
  const late = clock.sleep(CONNECT_TIMEOUT_MS, done.signal)
    .then(() => "timeout");
  try {
    return await Promise.race([step(runtime.network), late]);
  } catch (error) {
    return networkCode(error) === "timeout" ? "timeout" : error;
  } finally {
    done.abort();
  }
}

function describeFailure(failure: unknown): string {
  return failure === "timeout" ? "no answer" : describeError(failure);
}
