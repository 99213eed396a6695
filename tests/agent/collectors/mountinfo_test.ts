import {
  type Mount,
  parseMountinfo,
} from "../../../agent/collectors/mountinfo.ts";
import { assertEquals } from "../../support/assert.ts";

const encoder = new TextEncoder();

function only(line: string): Mount | undefined {
  return parseMountinfo(encoder.encode(`${line}\n`)).mounts[0];
}

const ROOT =
  "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw,discard";

Deno.test("parseMountinfo() reads device, type, path and numbers", () => {
  assertEquals(only(ROOT), {
    device: "/dev/vda1",
    mountPoint: "/",
    path: "/",
    fsType: "ext4",
    major: "254",
    minor: "0",
    isReadOnly: false,
  });
});

const READ_ONLY = {
  "mount options with ro": [
    "1 2 8:1 / /a ro,relatime - ext4 /dev/sda1 rw",
    true,
  ],
  "super options with ro": [
    "1 2 8:1 / /a rw,relatime - ext4 /dev/sda1 ro",
    true,
  ],
  "an emergency remount": [
    "1 2 8:1 / /a rw - ext4 /dev/sda1 rw,emergency_ro",
    true,
  ],
  "errors=remount-ro alone": [
    "1 2 8:1 / /a rw - ext4 /dev/sda1 rw,errors=remount-ro",
    false,
  ],
  "ro after a blank in the super options": [
    "1 2 0:5 / /a rw - 9p host rw,trans=virtio x,ro",
    true,
  ],
} as const;

for (const [what, [line, expected]] of Object.entries(READ_ONLY)) {
  Deno.test(`parseMountinfo() takes ${what} as ${expected ? "read-only" : "writable"}`, () => {
    assertEquals(only(line)?.isReadOnly, expected);
  });
}

const ESCAPES = {
  "a blank": ["/my\\040disk", "/my disk", "/my disk"],
  "a tab": ["/my\\011disk", "/my\tdisk", "/my\tdisk"],
  "a newline": ["/my\\012disk", "/my\\012disk", "/my\ndisk"],
  "a backslash": ["/my\\134disk", "/my\\134disk", "/my\\disk"],
  "a number sign": ["/my\\043disk", "/my\\043disk", "/my#disk"],
} as const;

for (const [what, [raw, label, path]] of Object.entries(ESCAPES)) {
  Deno.test(`parseMountinfo() keeps upstream's label and the real path for ${what}`, () => {
    const mount = only(`1 2 8:1 / ${raw} rw - ext4 /dev/sda1 rw`);

    assertEquals([mount?.mountPoint, mount?.path], [label, path]);
  });
}

const UNUSUAL = {
  "no optional fields": "1 2 0:40 / /a rw - tmpfs none rw",
  "an empty source": "1 2 0:40 / /a rw shared:3 - tmpfs  rw",
  "a dash as mount point part": "1 2 0:40 / /- rw - tmpfs - rw",
  "super options with a blank": "1 2 0:40 / /a rw - tmpfs none rw a b",
};

for (const [what, line] of Object.entries(UNUSUAL)) {
  Deno.test(`parseMountinfo() accepts ${what}`, () => {
    assertEquals(only(line)?.fsType, "tmpfs");
  });
}

const BAD = {
  "a line without a dash": "1 2 8:1 / /a rw ext4 /dev/sda1 rw",
  "a line that ends after the type": "1 2 8:1 / /a rw - ext4",
  "numbers without a colon": "1 2 81 / /a rw - ext4 /dev/sda1 rw",
  "a mount point that is no path": "1 2 8:1 / a rw - ext4 /dev/sda1 rw",
  "two words": "hello world",
};

for (const [what, line] of Object.entries(BAD)) {
  Deno.test(`parseMountinfo() skips and counts ${what}`, () => {
    const list = parseMountinfo(encoder.encode(`${line}\n${ROOT}\n`));

    assertEquals(list.badLines, 1);
    assertEquals(list.mounts.map((mount) => mount.mountPoint), ["/"]);
  });
}

Deno.test("parseMountinfo() marks each run of bad bytes once", () => {
  const bytes = encoder.encode("1 2 8:1 / /aXXXbX rw - ext4 /dev/sda1 rw\n")
    .map((byte) => byte === "X".charCodeAt(0) ? 0xff : byte);

  assertEquals(parseMountinfo(bytes).mounts[0]?.mountPoint, "/a\uFFFDb\uFFFD");
});
