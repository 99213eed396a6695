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
import { proxyFor, unbracketed } from "./proxy.ts";

/** What this machine itself connects to. */
interface Hop {
  readonly endpoint: Endpoint;
  /** Before its name in messages. */
  readonly prefix: "" | "proxy ";
  /** What it is, and where its address stands. */
  readonly role: "receiver" | "proxy";
  readonly setting: "the URL" | "HTTPS_PROXY or HTTP_PROXY";
}

/**
 * TLS only when the address asks for it, and no proxy stands between: behind one
 * only the push can tell.
 */
export async function networkLayers(check: CheckContext): Promise<Layer[]> {
  const { pushUrl, proxies } = check.config;
  const proxy = await proxyFor(pushUrl, proxies);
  const { endpoint, isTls } = endpointOf(pushUrl);
  const hop: Hop = proxy === undefined
    ? { endpoint, prefix: "", role: "receiver", setting: "the URL" }
    : {
      endpoint: proxy,
      prefix: "proxy ",
      role: "proxy",
      setting: "HTTPS_PROXY or HTTP_PROXY",
    };
  const layers: [string, () => Promise<LayerResult>][] = [
    ["dns", () => checkDns(check, hop)],
    ["tcp", () => checkTcp(check, hop)],
  ];
  if (isTls && proxy === undefined) {
    layers.push(["tls", () => checkTls(check, endpoint)]);
  }
  return layers.map(([name, run]) => ({ name, needsNetwork: true, run }));
}

function endpointOf(pushUrl: string): { endpoint: Endpoint; isTls: boolean } {
  const url = new URL(pushUrl);
  const isTls = url.protocol === "https:";
  const hostname = unbracketed(url.hostname);
  const port = Number(url.port) || (isTls ? 443 : 80);
  return { endpoint: { hostname, port }, isTls };
}

async function checkDns(
  { runtime }: CheckContext,
  { endpoint: { hostname }, prefix, setting }: Hop,
): Promise<LayerResult> {
  const { isIP } = await import("node:net"); // 2 MB that only `check` needs
  if (isIP(hostname) !== 0) return good(`${prefix}${hostname} is an address`);
  try {
    const addresses = await runtime.network.resolve(hostname);
    return good(`${prefix}${hostname} is ${addresses.join(", ")}`);
  } catch (error) {
    return bad(
      20,
      `cannot resolve ${prefix}"${hostname}": ${describeError(error)}`,
      `Run \`getent hosts ${hostname}\`, and mend /etc/resolv.conf or the ` +
        `name in ${setting}`,
    );
  }
}

async function checkTcp(
  check: CheckContext,
  { endpoint, prefix, role, setting }: Hop,
): Promise<LayerResult> {
  const { hostname, port } = endpoint;
  const failure = await attempt(check, (network) => network.connect(endpoint));
  const name = `${prefix}${hostname}:${port}`;
  if (failure === undefined) return good(`${name} is open`);
  const late = failure === "timeout";
  return bad(
    21,
    `cannot connect to ${name}: ${describeFailure(failure)}`,
    late
      ? `Allow outgoing TCP to port ${port} in the firewall and the ` +
        "provider's security group"
      : `Start the ${role} on ${hostname}, or mend the port in ${setting}`,
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
