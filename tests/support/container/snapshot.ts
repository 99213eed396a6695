/** Everything that an installation could change on a server, for comparing. */
import type { SystemdContainer } from "./systemd_container.ts";

/** Path, or other name, to a description. */
export type Snapshot = ReadonlyMap<string, string>;

/**
 * What a running system rewrites by itself, and the copies that useradd(8) and
 * userdel(8) keep of the files that they change.
 */
const UNSTABLE = [
  ...[
    "/var/log/journal",
    "/var/log/wtmp",
    "/var/log/lastlog",
    "/var/log/faillog",
  ],
  ...[
    "/var/lib/systemd",
    "/var/lib/dbus",
    "/etc/.pwd.lock",
    "/tmp",
    "/var/tmp",
  ],
  ...["passwd", "group", "shadow", "gshadow", "subuid", "subgid"]
    .map((name) => `/etc/${name}-`),
];

/** Files with mode, owner and content; users; unit files; firewall rules. */
export async function takeSnapshot(
  server: SystemdContainer,
): Promise<Snapshot> {
  const without = UNSTABLE.map((path) => `-path ${path}`).join(" -o ");
  const files = await server.sh(
    `find / -xdev \\( ${without} \\) -prune -o -printf '%p\\t%y %m %U:%G %l\\n'`,
  );
  const sums = await server.sh(
    `find /etc /usr/local /var/lib /opt /root -xdev \\( ${without} \\) -prune ` +
      "-o -type f -print0 | xargs -0 sha256sum",
  );
  const snapshot = new Map(
    lines(files).map((line) => line.split("\t") as [string, string]),
  );
  for (const line of lines(sums)) {
    const [sum = "", path = ""] = line.split(/ [ *]/);
    snapshot.set(path, `${snapshot.get(path)} ${sum.slice(0, 16)}`);
  }
  const others = {
    users: "getent passwd | sort",
    groups: "getent group | sort",
    units:
      "systemctl list-unit-files --no-legend --plain; systemctl list-units --failed --no-legend --plain",
    rules: "iptables -S; ip6tables -S",
    runtime: "find /run -name 'msp*'",
  };
  for (const [name, script] of Object.entries(others)) {
    snapshot.set(name, await server.sh(script));
  }
  return snapshot;
}

/** One line for each difference. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name)} -> ${after.get(name)}`);
}

/** When files were last changed, for seeing what a second run rewrites. */
export async function changeTimes(
  server: SystemdContainer,
  ...paths: string[]
): Promise<string> {
  return await server.sh(
    // Folders change with what lies in them only for a moment.
    `find ${paths.join(" ")} -xdev ! -type d -printf '%p %T@ %i\\n' | sort`,
  );
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
