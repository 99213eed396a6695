/**
 * The files of a network device that are read. Source: the kernel's
 * Documentation/ABI/testing/sysfs-class-net.
 */

/** One file of a device and the metric that shows its number. */
export interface Attribute {
  readonly file: string;
  /** Metric name between `node_network_` and, for a counter, `_total`. */
  readonly metric?: string;
  readonly help?: string;
  readonly isCounter?: boolean;
  /** Read for `node_network_info`, whether or not a metric shows it. */
  readonly isInfo?: boolean;
  /** Shown in the reduced set too. */
  readonly isReduced?: boolean;
  /** Read seldom: the kernel answers under a lock. */
  readonly isLocked?: boolean;
}

/** In the order in which they are read. */
export const ATTRIBUTES = [
  { file: "operstate", isInfo: true },
  {
    file: "flags",
    metric: "flags",
    help: "Interface flags as a number.",
    isInfo: true,
  },
  { file: "address", isInfo: true },
  { file: "broadcast", isInfo: true },
  { file: "ifalias", isInfo: true },
  {
    file: "carrier",
    metric: "carrier",
    help: "Whether the link is there.",
    isReduced: true,
  },
  {
    file: "carrier_changes",
    metric: "carrier_changes",
    help: "How often the link came or went.",
    isCounter: true,
    isReduced: true,
  },
  {
    file: "mtu",
    metric: "mtu_bytes",
    help: "Largest packet that is sent.",
    isReduced: true,
  },
  {
    file: "carrier_up_count",
    metric: "carrier_up_changes",
    help: "How often the link came.",
    isCounter: true,
  },
  {
    file: "carrier_down_count",
    metric: "carrier_down_changes",
    help: "How often the link went.",
    isCounter: true,
  },
  {
    file: "addr_assign_type",
    metric: "address_assign_type",
    help: "How the device got its hardware address.",
  },
  { file: "dev_id", metric: "device_id", help: "Tells ports of a card apart." },
  { file: "dormant", metric: "dormant", help: "Whether it waits to be up." },
  { file: "ifindex", metric: "iface_id", help: "Number of the device." },
  { file: "iflink", metric: "iface_link", help: "Number of its lower device." },
  { file: "link_mode", metric: "iface_link_mode", help: "Link policy." },
  {
    file: "name_assign_type",
    metric: "name_assign_type",
    help: "How the device got its name.",
  },
  { file: "netdev_group", metric: "net_dev_group", help: "Group of devices." },
  {
    file: "tx_queue_len",
    metric: "transmit_queue_length",
    help: "Packets that the transmit queue holds.",
  },
  { file: "type", metric: "protocol_type", help: "ARP hardware type." },
  { file: "duplex", isInfo: true, isLocked: true },
  {
    file: "speed",
    metric: "speed_bytes",
    help: "Speed of the link, bytes per second.",
    isReduced: true,
    isLocked: true,
  },
] as const satisfies readonly Attribute[];

type AttributeFile = typeof ATTRIBUTES[number]["file"];

/** Place of each file in {@linkcode ATTRIBUTES}. */
export const INDEX = Object.fromEntries(
  ATTRIBUTES.map(({ file }, index) => [file, index]),
) as Record<AttributeFile, number>;
