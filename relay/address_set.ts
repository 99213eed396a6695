/** Sets of IP addresses, written as CIDR blocks. */
import { BlockList, isIP } from "node:net";
import { accept, type Kind, reject } from "../shared/config_kinds.ts";

/** A block: `10.0.0.0/8`, `fd00::/8`; an address alone is a block of one. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** Networks that no route of the internet leads to, and this machine. */
export const PRIVATE_RANGES: readonly string[] = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  // Carriers' NAT (RFC 6598), which cloud providers use for private networks.
  "100.64.0.0/10",
  "169.254.0.0/16",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

/** Addresses are few and are asked for at every request. */
const MAX_REMEMBERED = 4_096;

/** A setting that names a block. */
export const cidr: Kind<Cidr> = {
  placeholder: "CIDR",
  example: "10.0.0.0/8",
  parse(text) {
    const [address = "", prefixText, ...rest] = text.split("/");
    const version = isIP(address);
    if (version === 0 || rest.length > 0) {
      return reject("is no address block", "for example 10.0.0.0/8");
    }
    const most = version === 4 ? 32 : 128;
    const prefix = Number(prefixText ?? most);
    if (!/^\d{1,3}$/.test(prefixText ?? "0") || prefix > most) {
      return reject(
        `has the prefix length "${prefixText}"`,
        `use a number from 0 to ${most}`,
      );
    }
    return accept({ address, prefix, family: version === 4 ? "ipv4" : "ipv6" });
  },
};

/** Says of any address whether it lies in one of the blocks. */
export function createAddressSet(
  blocks: readonly Cidr[],
): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefix, family } of blocks) {
    list.addSubnet(address, prefix, family);
  }
  const known = new Map<string, boolean>();
  return (address) => {
    let isIn = known.get(address);
    if (isIn === undefined) {
      if (known.size >= MAX_REMEMBERED) known.clear();
      isIn = check(list, address);
      known.set(address, isIn);
    }
    return isIn;
  };
}

/** The IPv4 address of an IPv4-mapped one, as a dual-stack socket shows it. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4
    ? address.slice(7)
    : address;
}

function check(list: BlockList, address: string): boolean {
  const plain = plainAddress(address.split("%", 1)[0] ?? "");
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 4 ? "ipv4" : "ipv6");
}
