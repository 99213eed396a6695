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

/** How long a server that has gone silent stays known. */
export const REMEMBERED = "7d";

/** A server without a sample for this long is down. */
export const DOWN_AFTER = "3m";
