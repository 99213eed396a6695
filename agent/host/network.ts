/** The lower layers of a connection, one by one, for `check`. */

import { chooseAuthorities } from "./authorities.ts";

/** Where a connection goes. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
}

/** Each method rejects with the system's own error. */
export interface Network {
  /** Addresses of a name, as the system's resolver gives them. */
  resolve(hostname: string): Promise<string[]>;
  connect(endpoint: Endpoint): Promise<void>;
  /** Connects and shakes hands, trusting `caPem` beside the system's roots. */
  connectTls(endpoint: Endpoint, caPem: string | undefined): Promise<void>;
}

/** The network of this machine. */
export const systemNetwork: Network = {
  async resolve(hostname) {
    // Only `check` asks: the service need not hold it in memory.
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(hostname, { all: true });
    return found.map((entry) => entry.address);
  },
  async connect(endpoint) {
    const connection = await Deno.connect(endpoint);
    connection.close();
  },
  async connectTls(endpoint, caPem) {
    chooseAuthorities();
    const connection = await Deno.connectTls({
      ...endpoint,
      ...(caPem === undefined ? {} : { caCerts: [caPem] }),
    });
    try {
      await connection.handshake();
    } finally {
      connection.close();
    }
  },
};
