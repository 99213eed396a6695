import { dirname } from "node:path";
import { HostFileError, HostFiles } from "../../../agent/host/files.ts";
import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "../../support/assert.ts";

/** Refuses to be read by everyone, root included: the kernel makes it write-only. */
const WRITE_ONLY = "sys/net/ipv4/route/flush";
const hasWriteOnlyFile = exists(`/proc/${WRITE_ONLY}`);

/** An attribute that the kernel answers with EOPNOTSUPP or EINVAL: lo has neither. */
const UNREADABLE = "class/net/lo/speed";
const hasUnreadableAttribute = exists(`/sys/${UNREADABLE}`);

Deno.test("HostFiles.read() sees what was written since the last read", () => {
  using host = temporaryFiles({ "loadavg": "0.10 first\n" });

  assertEquals(text(host.files.read("loadavg")), "0.10 first\n");
  host.write("loadavg", "2\n");
  assertEquals(text(host.files.read("loadavg")), "2\n");
  host.write("loadavg", "");
  assertEquals(text(host.files.read("loadavg")), "");
});

for (const method of ["read", "readText"] as const) {
  Deno.test(`HostFiles.${method}() refuses a FIFO instead of waiting for its writer`, () => {
    using host = temporaryFiles({});
    const path = host.files.resolve("pipe");
    new Deno.Command("mkfifo", { args: [path] }).outputSync();

    const error = assertThrows(() => host.files[method]("pipe"), HostFileError);

    assertEquals(error.errno, "EINVAL");
  });
}

Deno.test("HostFiles.read() sees the kernel's counters move through one handle", () => {
  const proc = new HostFiles("/proc");
  const uptimeSeconds = () => Number.parseFloat(text(proc.read("uptime")));
  const first = uptimeSeconds();

  // It counts hundredths of a second.
  const deadlineMs = Date.now() + 5_000;
  let later = first;
  while (later === first && Date.now() < deadlineMs) later = uptimeSeconds();
  proc.close();

  assert(later > first);
});

Deno.test("HostFiles.read() grows beyond its buffer of 64 KiB", () => {
  const large = "0123456789abcde\n".repeat(40_000);
  using host = temporaryFiles({ "stat": large, "small": "1\n" });

  assertEquals(text(host.files.read("stat")), large);
  assertEquals(text(host.files.read("small")), "1\n");
  assertEquals(text(host.files.read("stat")), large);
});

for (const sizeBytes of [65_535, 65_536, 65_537, 131_072]) {
  Deno.test(`HostFiles.read() gives all of a file of ${sizeBytes} bytes`, () => {
    using host = temporaryFiles({ "stat": "x".repeat(sizeBytes) });

    assertEquals(host.files.read("stat").length, sizeBytes);
  });
}

Deno.test("HostFiles.read() names a missing file, and finds it once it is there", () => {
  using host = temporaryFiles({});

  const error = assertThrows(() => host.files.read("loadavg"), HostFileError);
  assertEquals(error.errno, "ENOENT");
  assertEquals(error.isAbsent, true);
  assertEquals(error.code, "host_file");
  assertStringIncludes(error.message, `"${host.files.root}/loadavg"`);

  host.write("loadavg", "1\n");
  assertEquals(text(host.files.read("loadavg")), "1\n");
});

Deno.test("HostFiles.read() opens the file anew after close()", () => {
  using host = temporaryFiles({ "loadavg": "1\n" });
  host.files.read("loadavg");

  host.files.close();
  host.remove("loadavg");
  assertThrows(() => host.files.read("loadavg"), HostFileError, "ENOENT");
  host.write("loadavg", "2\n");

  assertEquals(text(host.files.read("loadavg")), "2\n");
});

Deno.test("HostFiles.read() takes a file below a file for absent", () => {
  using host = temporaryFiles({ "loadavg": "1\n" });

  const error = assertThrows(() => host.files.read("loadavg/x"), HostFileError);
  assertEquals(error.errno, "ENOTDIR");
  assertEquals(error.isAbsent, true);
});

Deno.test("HostFiles.read() does not take a directory for absent", () => {
  using host = temporaryFiles({ "pressure/cpu": "" });

  const error = assertThrows(() => host.files.read("pressure"), HostFileError);
  assertEquals(error.errno, "EISDIR");
  assertEquals(error.isAbsent, false);
});

Deno.test({
  name: "HostFiles.read() says who may not read a protected file",
  ignore: !hasWriteOnlyFile,
  fn() {
    const proc = new HostFiles("/proc");

    const error = assertThrows(() => proc.read(WRITE_ONLY), HostFileError);
    assertEquals(error.errno, "EACCES");
    assertEquals(error.isAbsent, false);
    assertStringIncludes(error.hint, "Let the agent's user read");
  },
});

Deno.test("HostFiles.readIfPresent() gives undefined for a missing file only", () => {
  using host = temporaryFiles({ "loadavg": "1\n", "pressure/cpu": "" });

  assertEquals(text(host.files.readIfPresent("loadavg")), "1\n");
  assertEquals(host.files.readIfPresent("missing"), undefined);
  assertThrows(() => host.files.readIfPresent("pressure"), HostFileError);
});

for (const method of ["readText", "readOnce"] as const) {
  Deno.test(`HostFiles.${method}() reads the file that has the name now`, () => {
    using host = temporaryFiles({ "os-release": "ID=one\n" });
    const read = () => text(host.files[method]("os-release"));
    assertEquals(read(), "ID=one\n");

    host.write("os-release.new", "ID=other\n");
    host.rename("os-release.new", "os-release");

    assertEquals(read(), "ID=other\n");
    host.remove("os-release");
    assertEquals(assertThrows(read, HostFileError).errno, "ENOENT");
  });
}

Deno.test("HostFiles.readAttribute() trims, and takes 128 bytes at most", () => {
  using host = temporaryFiles({
    "mtu": " 1500\n",
    "ifalias": "a".repeat(200),
    "empty": "",
  });

  assertEquals(host.files.readAttribute("mtu"), "1500");
  assertEquals(host.files.readAttribute("ifalias"), "a".repeat(128));
  assertEquals(host.files.readAttribute("empty"), "");
  assertEquals(host.files.readAttribute("missing"), undefined);
});

Deno.test({
  name: "HostFiles.readAttribute() gives undefined where the driver refuses",
  ignore: !hasUnreadableAttribute,
  fn() {
    assertEquals(new HostFiles("/sys").readAttribute(UNREADABLE), undefined);
  },
});

Deno.test("HostFiles.list() sorts names and takes a missing directory for empty", () => {
  using host = temporaryFiles({
    "net/lo": "",
    "net/eth10": "",
    "net/eth2": "",
  });

  assertEquals(host.files.list("net"), ["eth10", "eth2", "lo"]);
  assertEquals(host.files.list("missing"), []);
  const error = assertThrows(() => host.files.list("net/lo"), HostFileError);
  assertEquals(error.errno, "ENOTDIR");
});

Deno.test("HostFiles looks at paths without reading them", () => {
  using host = temporaryFiles({ "devices/virtual/lo/mtu": "65536\n" });
  host.link("class/lo", "../devices/virtual/lo");
  const { files } = host;

  assertEquals(files.exists("class/lo/mtu"), true);
  assertEquals(files.exists("class/eth0"), false);
  assertEquals(files.isDirectory("class/lo"), true);
  assertEquals(files.isDirectory("class/lo/mtu"), false);
  assertEquals(files.isDirectory("class/eth0"), false);
  assertEquals(files.readLink("class/lo"), "../devices/virtual/lo");
  assertEquals(files.readLink("class"), undefined);
  assertEquals(
    files.realPath("class/lo"),
    `${Deno.realPathSync(files.root)}/devices/virtual/lo`,
  );
  assertEquals(files.realPath("class/eth0"), undefined);
});

Deno.test("HostFiles.modifiedMs() gives the time of the last change", () => {
  using host = temporaryFiles({ "b254:0": "E:ID_MODEL=x\n" });
  Deno.utimeSync(host.files.resolve("b254:0"), 1_700_000_000, 1_700_000_000);

  assertEquals(host.files.modifiedMs("b254:0"), 1_700_000_000_000);
  assertEquals(host.files.modifiedMs("b254:1"), undefined);
});

Deno.test("HostFiles.resolve() puts one slash behind the root", () => {
  assertEquals(new HostFiles("/").resolve("etc"), "/etc");
  assertEquals(new HostFiles("/host").resolve("etc"), "/host/etc");
});

interface TemporaryFiles extends Disposable {
  readonly files: HostFiles;
  write(path: string, content: string): void;
  rename(from: string, to: string): void;
  link(path: string, target: string): void;
  remove(path: string): void;
}

function temporaryFiles(
  initial: Readonly<Record<string, string>>,
): TemporaryFiles {
  const root = Deno.makeTempDirSync({ prefix: "files-" });
  const files = new HostFiles(root);
  const makeRoom = (path: string) =>
    Deno.mkdirSync(dirname(`${root}/${path}`), { recursive: true });
  const host: TemporaryFiles = {
    files,
    write(path, content) {
      makeRoom(path);
      Deno.writeTextFileSync(`${root}/${path}`, content);
    },
    rename: (from, to) => Deno.renameSync(`${root}/${from}`, `${root}/${to}`),
    link(path, target) {
      makeRoom(path);
      Deno.symlinkSync(target, `${root}/${path}`);
    },
    remove: (path) => Deno.removeSync(`${root}/${path}`),
    [Symbol.dispose]() {
      files.close();
      Deno.removeSync(root, { recursive: true });
    },
  };
  for (const [path, content] of Object.entries(initial)) {
    host.write(path, content);
  }
  return host;
}

function text(content: Uint8Array | string | undefined): string {
  return content instanceof Uint8Array
    ? new TextDecoder().decode(content)
    : content ?? "";
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
