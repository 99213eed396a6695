import {
  chooseMounts,
  type MountOptions,
} from "../../../agent/collectors/mount_choice.ts";
import type { Mount } from "../../../agent/collectors/mountinfo.ts";
import { profileOptions } from "../../../agent/collectors/options.ts";
import { assertEquals } from "../../support/assert.ts";

const ALL: MountOptions = { filesystemMountPoints: {}, filesystemTypes: {} };

function mount(mountPoint: string, fsType = "ext4", major = "8"): Mount {
  return {
    device: major === "0" ? fsType : "/dev/sda1",
    mountPoint,
    path: mountPoint,
    fsType,
    major,
    minor: "1",
    isReadOnly: false,
  };
}

function points(
  mounts: Mount[],
  options: Partial<MountOptions> = {},
  rootfs = "/",
): string[] {
  return chooseMounts(mounts, { ...ALL, ...options }, rootfs).shown
    .map(({ mountPoint }) => mountPoint);
}

Deno.test("chooseMounts() keeps the last mount of a path", () => {
  const { shown } = chooseMounts(
    [mount("/net", "autofs", "0"), mount("/b"), mount("/net", "nfs4", "0")],
    ALL,
    "/",
  );

  assertEquals(shown.map((each) => [each.mountPoint, each.fsType]), [
    ["/net", "nfs4"],
    ["/b", "ext4"],
  ]);
});

Deno.test("chooseMounts() applies the fleet profile's filters", () => {
  const mounts = [
    mount("/"),
    mount("/run", "tmpfs", "0"),
    mount("/run/user/1000", "tmpfs", "0"),
    mount("/proc", "proc", "0"),
    mount("/snap/core/1", "squashfs", "7"),
    mount("/var/lib/kubelet/pods/1/volumes/x"),
    mount("/var/lib/kubelet"),
    mount("/mnt/gvfs", "fuse.gvfsd-fuse", "0"),
    mount("/mnt/s3", "fuse.s3fs", "0"),
  ];

  assertEquals(points(mounts, profileOptions("fleet")), [
    "/",
    "/run",
    "/var/lib/kubelet",
    "/mnt/s3",
  ]);
});

const STRIPPED = {
  "the prefix itself": ["/host", "/", "/host/"],
  "a mount below the prefix": ["/host/data", "/data", "/host/data"],
  "a longer name": ["/hostdata", "/hostdata", "/host/hostdata"],
  "a mount outside the prefix": ["/etc/hosts", "/etc/hosts", "/host/etc/hosts"],
} as const;

for (const [what, [from, label, path]] of Object.entries(STRIPPED)) {
  Deno.test(`chooseMounts() takes the root's prefix off ${what} rightly`, () => {
    const { shown } = chooseMounts([mount(from)], ALL, "/host");

    assertEquals(shown.map((each) => [each.mountPoint, each.path]), [
      [label, path],
    ]);
  });
}

Deno.test("chooseMounts() filters by the path without the root's prefix", () => {
  const options = { filesystemMountPoints: { exclude: /^\/data$/ } };

  assertEquals(
    points([mount("/host/data"), mount("/data2")], options, "/host"),
    [
      "/data2",
    ],
  );
});

Deno.test("chooseMounts() keeps the root, then short block-backed paths", () => {
  const mounts = [
    mount("/t", "tmpfs", "0"),
    mount("/a/long/path"),
    mount("/b"),
    mount("/", "overlay", "0"),
  ];

  const { shown, dropped } = chooseMounts(
    mounts,
    { ...ALL, filesystemMax: 3 },
    "/",
  );

  assertEquals(shown.map((each) => each.mountPoint), [
    "/",
    "/b",
    "/a/long/path",
  ]);
  assertEquals(dropped, 1);
});

Deno.test("chooseMounts() takes btrfs as block-backed", () => {
  const btrfs = { ...mount("/pool/data", "btrfs", "0"), device: "/dev/sdb" };

  assertEquals(
    points([mount("/t", "tmpfs", "0"), btrfs], { filesystemMax: 1 }),
    ["/pool/data"],
  );
});

const FROM_MEMORY = {
  "ext4 below ext4": [[mount("/"), mount("/a")], true],
  "tmpfs below xfs": [[mount("/", "xfs"), mount("/a", "tmpfs", "0")], true],
  "xfs itself": [[mount("/"), mount("/a", "xfs")], false],
  "NFS": [[mount("/"), mount("/a", "nfs4", "0")], false],
  "FUSE": [[mount("/"), mount("/a", "fuseblk")], false],
  "ext4 below NFS": [
    [mount("/"), mount("/n", "nfs", "0"), mount("/n/b/a")],
    false,
  ],
  "ext4 beside NFS": [
    [mount("/"), mount("/n", "nfs", "0"), mount("/na")],
    true,
  ],
  "ext4 over an automount": [
    [mount("/"), mount("/a", "autofs", "0"), mount("/a")],
    false,
  ],
  "tmpfs below an unknown root": [
    [mount("/", "newfs"), mount("/a", "tmpfs", "0")],
    false,
  ],
} as const satisfies Record<string, readonly [Mount[], boolean]>;

for (const [what, [mounts, expected]] of Object.entries(FROM_MEMORY)) {
  Deno.test(`chooseMounts() ${expected ? "asks" : "does not ask"} on the main thread: ${what}`, () => {
    const { shown } = chooseMounts(mounts, ALL, "/");

    assertEquals(shown.at(-1)?.answersFromMemory, expected);
  });
}
