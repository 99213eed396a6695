/**
 * `filesystem` on a mount that really hangs: FUSE whose daemon does not answer.
 */
import { filesystem } from "../../agent/collectors/filesystem.ts";
import type { Collector } from "../../agent/collectors/types.ts";
import { HostFiles } from "../../agent/host/files.ts";
import { createStatFs, MOUNT_TIMEOUT } from "../../agent/host/statfs.ts";
import { systemStatFsCalls } from "../../agent/host/statfs_calls.ts";
import { waitUntil } from "../../deploy/parts/wait.ts";
import { systemClock } from "../../shared/clock.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { collect, fakeDeps } from "../support/collector.ts";
import {
  type HungMount,
  hungMountProblem,
  startHungMount,
} from "../support/hung_mount.ts";
import { runAgent } from "../support/process.ts";

const TIMEOUT_MS = 1_000;
const problem = hungMountProblem();
const ignore = problem !== "";
const needs = ignore ? ` (SKIPPED: ${problem})` : "";

/** The collector on the namespace's own two mounts; `asked` has who was asked. */
function startFilesystem(
  mounts: HungMount,
  asked: string[] = [],
): Collector & Disposable {
  const proc = new HostFiles(mounts.procfs);
  const calls = systemStatFsCalls();
  const host = fakeDeps({
    clock: systemClock,
    statfs: createStatFs({
      clock: systemClock,
      calls: {
        ...calls,
        later(path) {
          asked.push(path);
          return calls.later(path);
        },
      },
    }),
    options: {
      filesystemMountTimeoutMs: TIMEOUT_MS,
      filesystemMountPoints: {
        include: new RegExp(`^(${mounts.hung}|${mounts.healthy})$`),
      },
    },
  });
  const rootfs = new HostFiles(mounts.rootfs);
  return {
    ...filesystem({ ...host, proc, rootfs }),
    [Symbol.dispose]() {
      proc.close();
      host[Symbol.dispose]();
    },
  };
}

async function linesOf(collector: Collector): Promise<string[]> {
  const { lines, error } = await collect(collector);
  assertEquals(error, undefined);
  return lines;
}

function labels(device: string, mountPoint: string, type: string, error = "") {
  return `{device="${device}",device_error="${error}",fstype="${type}",mountpoint="${mountPoint}"}`;
}

Deno.test({
  name:
    `filesystem() ends a scrape while a mount hangs, and the next at once${needs}`,
  ignore,
  async fn() {
    await using mounts = await startHungMount();
    const asked: string[] = [];
    using collector = startFilesystem(mounts, asked);
    const hung = labels("hung", mounts.hung, "fuse", MOUNT_TIMEOUT);
    const healthy = labels("healthy", mounts.healthy, "tmpfs");

    const first = await linesOf(collector);
    const second = await linesOf(collector);

    for (const lines of [first, second]) {
      assert(lines.includes(`node_filesystem_device_error${hung} 1`));
      assert(lines.includes(`node_filesystem_readonly${hung} 0`));
      assertEquals(
        lines.filter((line) => line.includes('"fuse"')).length,
        2,
      );
      assert(lines.includes(`node_filesystem_size_bytes${healthy} 1048576`));
      assert(lines.includes(`node_filesystem_free_bytes${healthy} 1048576`));
      assert(lines.includes(`node_filesystem_device_error${healthy} 0`));
    }
    // The second scrape knows that it hangs, and waits for nobody.
    assertEquals(asked.filter((path) => path.endsWith("/hung")).length, 1);
  },
});

Deno.test({
  name: `filesystem() shows the sizes once the hung mount answers${needs}`,
  ignore,
  async fn() {
    await using mounts = await startHungMount();
    using collector = startFilesystem(mounts);
    await linesOf(collector);
    const size = `node_filesystem_size_bytes${
      labels("hung", mounts.hung, "fuse")
    } 512000`;

    mounts.answer();
    const lines = await waitUntil(async () => {
      const lines = await linesOf(collector);
      return lines.includes(size) ? lines : undefined;
    }, { what: "sizes of the mount that hung", everyMs: 100 });

    const answered = labels("hung", mounts.hung, "fuse");
    assertEquals(lines.filter((line) => line.includes(MOUNT_TIMEOUT)), []);
    assert(lines.includes(`node_filesystem_free_bytes${answered} 204800`));
    assert(lines.includes(`node_filesystem_avail_bytes${answered} 153600`));
    assert(lines.includes(`node_filesystem_files${answered} 60`));
    assert(lines.includes(`node_filesystem_files_free${answered} 50`));
    assert(lines.includes(`node_filesystem_device_error${answered} 0`));
  },
});

Deno.test({
  name: `filesystem() asks anew what replaces the hung mount${needs}`,
  ignore,
  async fn() {
    await using mounts = await startHungMount();
    using collector = startFilesystem(mounts);
    await linesOf(collector);

    await mounts.unmount();
    const without = await linesOf(collector);
    await mounts.replace();
    const replaced = await linesOf(collector);

    assertEquals(
      without.filter((line) => line.includes(mounts.hung)),
      [],
    );
    const size = labels("new", mounts.hung, "tmpfs");
    assert(
      replaced.includes(`node_filesystem_size_bytes${size} 2097152`),
    );
  },
});

Deno.test({
  name: `msp-agent print ends while a mount hangs${needs}`,
  ignore,
  async fn() {
    await using mounts = await startHungMount();

    const { code, stdout } = await runAgent([
      "print",
      ...["--path.procfs", mounts.procfs, "--path.rootfs", mounts.rootfs],
      ...["--collector.disable-defaults", "--collector.filesystem"],
      ...["--collector.filesystem.mount-timeout", `${TIMEOUT_MS}ms`],
    ]);

    assertEquals(code, 0);
    const hung = labels("hung", mounts.hung, "fuse", MOUNT_TIMEOUT);
    assert(stdout.includes(`node_filesystem_device_error${hung} 1\n`));
  },
});
