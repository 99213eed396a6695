/**
 * Label matchers that dashboards and rules share, so that the two cannot drift.
 *
 * Regular expressions use `[.]` and never `\.`: the same text then survives
 * YAML, JSON and PromQL quoting.
 */

/** What makes a server: two customers may both have a `web-01`. */
export const SERVER = "customer_id, server_name";

/** A server with its placement, as recorded series carry it. */
export const PLACED_SERVER =
  "customer_id, server_name, csp, region, environment";

/** File systems whose space a person has to care for. */
export const FILE_SYSTEMS =
  'fstype!~"tmpfs|devtmpfs|ramfs|overlay|squashfs|iso9660|autofs|nsfs|nfs.*|cifs|smb.*|fuse[.].*",' +
  'mountpoint!~"/boot/efi|/snap/.*|/run/.*|/var/lib/(docker|containerd|kubelet)/.+"';

/** Network cards. Bonds, bridges and VLANs repeat the bytes of their members. */
export const NETWORK_CARDS =
  'device!~"lo|veth.+|docker.+|br.+|virbr.+|bond[0-9]+|team[0-9]+|cali.+|cilium.+|flannel.+|cni.+|tun.+|tap.+|wg.+|ifb.+|dummy.+|.+[.][0-9]+"';

/** Disks. LVM and RAID layers repeat the bytes of their members. */
export const DISKS = 'device!~"loop.*|ram.*|zram.*|sr.*|fd.*|dm-.*|md.*|nbd.*"';

/**
 * A series of central's own. Central gives each sample that comes with a write
 * token the token's `customer_id`: what has none was written by no customer.
 */
export function ofCentral(name: string, matchers = ""): string {
  const more = matchers === "" ? "" : `,${matchers}`;
  return `${name}{customer_id=""${more}}`;
}

/** How long a server that has gone silent stays known. */
export const REMEMBERED = "7d";

/**
 * A server or relay without a sample for this long is down, on the dashboards
 * and for its alert. It follows from two promises:
 *
 * - A line that is away for 60 s makes no noise. The sample due at 15 s is the
 *   first to be lost, the line is back at 75 s, and agents and relays push again
 *   within 25 s (`FAST_BACKOFF` in shared/backoff.ts): 100 s without a sample.
 * - A message about what is down leaves within 120 s of the last sample: these
 *   100 s, up to 5 s until the next evaluation ({@linkcode DOWN_INTERVAL}), 1 s
 *   for it, and Alertmanager's `group_wait` of 10 s: 116 s.
 *
 * A server that is back in second 101 or 102 can make the alert fire, and ends
 * it at the next evaluation; Alertmanager sends nothing about an alert that
 * ended within its `group_wait`. So no message leaves before 105 s of silence,
 * except of who went down together with another one (silence.ts).
 */
export const DOWN_AFTER = "100s";

/** Time between two judgements of who is down. */
export const DOWN_INTERVAL = "5s";
