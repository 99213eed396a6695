/** statfs(2) on FUSE mounts that refuse: the reason is the kernel's own. */
import { createStatFs } from "../../agent/host/statfs.ts";
import { systemStatFsCalls } from "../../agent/host/statfs_calls.ts";
import { systemClock } from "../../shared/clock.ts";
import { assertEquals } from "../support/assert.ts";
import {
  type HungMount,
  hungMountProblem,
  startHungMount,
} from "../support/hung_mount.ts";

const problem = hungMountProblem();
const ignore = problem !== "";
const needs = ignore ? ` (SKIPPED: ${problem})` : "";

/** Numbers of errno(3); the mount's directory itself can be looked at. */
const REASONS: Record<string, (mounts: HungMount) => void> = {
  EIO: (mounts) => mounts.refuse(5),
  // What a confined domain of SELinux gets.
  EACCES: (mounts) => mounts.refuse(13),
  ENOSYS: (mounts) => mounts.refuse(38),
  ESTALE: (mounts) => mounts.refuse(116),
  ENOTCONN: (mounts) => mounts.die(),
};

for (const [errno, act] of Object.entries(REASONS)) {
  Deno.test({
    name: `systemStatFsCalls() names ${errno} of a mount${needs}`,
    ignore,
    async fn() {
      await using mounts = await startHungMount();
      const statfs = createStatFs({
        clock: systemClock,
        calls: systemStatFsCalls(),
      });

      act(mounts);
      const result = await statfs(`${mounts.rootfs}${mounts.hung}`, {
        timeoutMs: 20_000,
        answersFromMemory: false,
      });

      assertEquals(result, { ok: false, errno });
    },
  });
}
