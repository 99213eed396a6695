/** Who is at the other end of a connection. */

/** Address and port as the kernel has them. */
export interface Peer {
  /** IPv4 in dots, also when it came in as IPv4-mapped IPv6; or IPv6. */
  readonly address: string;
  readonly port: number;
}
