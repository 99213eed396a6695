/**
 * The proxy that fetch takes to an address, by Deno's own rules.
 *
 * Source: Deno ext/fetch/proxy.rs; tried with Deno 2.9.6.
 */
import type { ProxyVariables } from "../../shared/proxy_variables.ts";
import type { Endpoint } from "../host/network.ts";

/** Anything else is no proxy to Deno either, such as a user without password. */
const PROXY =
  /^(?:(https?|socks5h?):\/\/)?(?:[^@/]*:[^@/]*@)?(\[[\da-f:.]+\]|[^@:/[\]]+)(?::(\d+))?(?:\/|$)/i;
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  socks5: 1080,
  socks5h: 1080,
};

/** Where the proxy is; `undefined` when `url` is reached without one. */
export async function proxyFor(
  url: string,
  variables: ProxyVariables,
): Promise<Endpoint | undefined> {
  const { protocol, hostname } = new URL(url);
  const own = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = endpointOf(variables.ALL_PROXY) ?? endpointOf(variables[own]);
  if (proxy === undefined) return undefined;
  const excepted = variables.NO_PROXY ?? "";
  return await isExcepted(unbracketed(hostname), excepted) ? undefined : proxy;
}

/** An IPv6 address as it is looked up and compared. */
export function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function endpointOf(text = ""): Endpoint | undefined {
  const match = PROXY.exec(text);
  if (match === null) return undefined;
  const [, scheme = "http", host = "", port] = match;
  return {
    hostname: unbracketed(host),
    port: Number(port ?? DEFAULT_PORTS[scheme.toLowerCase()]),
  };
}

/** Names match with what is below them, addresses by equality or network. */
async function isExcepted(host: string, list: string): Promise<boolean> {
  const { BlockList, isIP } = await import("node:net"); // 2 MB that only `check` needs
  const entries = list.split(",").map((entry) => entry.trim());
  if (isIP(host) === 0) {
    return entries.some((entry) => {
      const name = entry.replace(/^\./, "");
      return entry === "*" || host === name ||
        (name !== "" && host.endsWith(`.${name}`));
    });
  }
  const addresses = new BlockList();
  for (const entry of entries) {
    const [address = "", size] = entry.split("/", 2);
    const version = isIP(address);
    if (version === 0) continue;
    const bits = Number(size ?? (version === 4 ? 32 : 128));
    if (!(bits >= 0 && bits <= (version === 4 ? 32 : 128))) continue;
    addresses.addSubnet(address, bits, family(version));
  }
  return addresses.check(host, family(isIP(host)));
}

function family(version: number): "ipv4" | "ipv6" {
  return version === 4 ? "ipv4" : "ipv6";
}
