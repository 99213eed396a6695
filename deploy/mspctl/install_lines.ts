/** What a customer's servers are installed with: one command for each mode. */

import { plainReach } from "../../shared/config_url.ts";

/** What the lines are made of. */
export interface InstallLines {
  readonly publicUrl: string;
  readonly customerId: string;
  /** Whether the server's certificate is of our own authority. */
  readonly ownAuthority: boolean;
  /** SHA-256 of that authority's certificate; empty without one. */
  readonly fingerprint: string;
}

const TOKEN_FILE = "/root/msp.token";
const CA_FILE = "/root/msp-ca.pem";

/** The whole text, ready to be sent to the customer. It holds no token. */
export function installLines(options: InstallLines): string {
  const { publicUrl, customerId } = options;
  const ca = options.ownAuthority ? [`--ca-file=${CA_FILE}`] : [];
  const direct = [
    `--remote-write-url=${publicUrl}/api/v1/write`,
    `--token-file=${TOKEN_FILE}`,
    ...ca,
    // Who chose http for central has accepted it.
    ...plainReach(publicUrl) === "public" ? ["--insecure-http"] : [],
  ];
  const place = [
    `--customer-id=${customerId}`,
    "--server-name=NAME",
    "--csp=kt",
    "--region=kc1",
  ];
  const line = (mode: string, flags: readonly string[]) =>
    command(options, [`--mode=${mode}`, ...place, ...flags]);
  return [
    "# Once on each server that reaches central itself: the token, by keyboard",
    `sudo sh -c 'umask 077; cat >${TOKEN_FILE}'   # paste it, Enter, Ctrl-D`,
    ...fetchAuthority(options),
    "",
    "# A server that reaches central itself",
    line("direct", direct),
    "",
    "# The gateway of a closed network: relay and agent",
    line("relay-server", direct),
    "",
    "# A server behind it; RELAY is the gateway's internal address",
    "curl -fsSL http://RELAY:9999/install.sh | sudo sh -s -- \\\n" +
    lines([
      "--mode=relay-agent",
      ...place,
      "--relay-url=http://RELAY:9999/api/v1/metrics/write",
    ]),
    "",
  ].join("\n");
}

function command(
  { publicUrl, ownAuthority }: InstallLines,
  flags: readonly string[],
): string {
  const trust = ownAuthority ? `--cacert ${CA_FILE} ` : "";
  return `sudo curl -fsSL ${trust}${publicUrl}/install.sh | sudo sh -s -- \\\n` +
    lines([`--base-url=${publicUrl}/dl`, ...flags]);
}

/** The authority comes unprotected, so its fingerprint has to be compared. */
function fetchAuthority(
  { publicUrl, ownAuthority, fingerprint }: InstallLines,
): string[] {
  if (!ownAuthority) return [];
  return [
    `sudo curl -fsSk -o ${CA_FILE} ${publicUrl}/ca.pem`,
    `sudo openssl x509 -in ${CA_FILE} -noout -fingerprint -sha256`,
    `# must print ${fingerprint}`,
  ];
}

function lines(flags: readonly string[]): string {
  return flags.map((flag) => `  ${flag}`).join(" \\\n");
}
