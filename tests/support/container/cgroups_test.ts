import { assertEquals } from "../assert.ts";
import { readHierarchies } from "./cgroups.ts";

Deno.test("readHierarchies() reads controllers, named hierarchies and v2 beside them", () => {
  const mounts = `tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,relatime,xattr,release_agent=/x,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
`;

  assertEquals(readHierarchies(mounts), [
    {
      mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
      version: 1,
      mountOptions: "cpu,cpuacct",
    },
    {
      mountPoint: "/sys/fs/cgroup/systemd",
      version: 1,
      mountOptions: "xattr,none,name=systemd",
    },
    {
      mountPoint: "/sys/fs/cgroup/unified",
      version: 2,
      mountOptions: "rw",
    },
  ]);
});

Deno.test("readHierarchies() reads v2 alone", () => {
  assertEquals(
    readHierarchies(
      "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0\n",
    ),
    [{ mountPoint: "/sys/fs/cgroup", version: 2, mountOptions: "rw" }],
  );
});
