import { resolveInRoot } from "../../../agent/collectors/root_path.ts";
import { HostFileError, HostFiles } from "../../../agent/host/files.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";
import { fakeDeps } from "../../support/collector.ts";

const LINKS = {
  "rootfs/etc/": "",
  "rootfs/etc/absolute": { link: "/usr/lib/x" },
  "rootfs/etc/relative": { link: "../usr/lib/x" },
  "rootfs/etc/above": { link: "../../../../../../etc/passwd" },
  "rootfs/etc/chain": { link: "absolute" },
  "rootfs/etc/circle": { link: "circle2" },
  "rootfs/etc/circle2": { link: "/etc/circle" },
  "rootfs/lib": { link: "/usr/lib" },
};

const PATHS: Record<string, string> = {
  "etc/plain": "etc/plain",
  "etc/absolute": "usr/lib/x",
  "etc/relative": "usr/lib/x",
  "etc/above": "etc/passwd",
  "etc/chain": "usr/lib/x",
  "lib/deep/x": "usr/lib/deep/x",
  "/etc//./absolute": "usr/lib/x",
};

for (const [path, expected] of Object.entries(PATHS)) {
  Deno.test(`resolveInRoot() leads ${path} to ${expected}`, () => {
    using host = fakeDeps({ files: LINKS });

    assertEquals(resolveInRoot(host.rootfs, path), expected);
  });
}

Deno.test("resolveInRoot() gives up on links that lead in a circle", () => {
  using host = fakeDeps({ files: LINKS });

  const error = assertThrows(
    () => resolveInRoot(host.rootfs, "etc/circle"),
    HostFileError,
  );

  assertEquals(error.errno, "ELOOP");
});

Deno.test("resolveInRoot() leaves paths under / to the kernel", () => {
  assertEquals(
    resolveInRoot(new HostFiles("/"), "proc/self/status"),
    "proc/self/status",
  );
});
