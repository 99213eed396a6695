import { makeTempDir, type TempDir } from "../../../deploy/parts/cleanup.ts";
import { runCommand } from "../../../deploy/parts/command.ts";
import {
  downgrades,
  formatServices,
  planServices,
} from "../../../deploy/mspctl/upgrade/plan.ts";
import {
  compareFiles,
  installFiles,
  saveFiles,
} from "../../../deploy/mspctl/upgrade/release_files.ts";
import { writeGoBack } from "../../../deploy/mspctl/upgrade/go_back.ts";
import { StackDirError } from "../../../deploy/mspctl/stack_dir.ts";
import { describeFile, writeSums } from "../../../install/release_files.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";

const image = (name: string, version: string) => `example/${name}:${version}`;

function images(version: string, ...names: string[]): Map<string, string> {
  return new Map(names.map((name) => [name, image(name, version)]));
}

Deno.test("planServices() restarts what runs: vmauth first, Nginx last", () => {
  const all = ["nginx", "grafana", "backup", "victoriametrics", "vmauth"];
  const running = ["nginx", "vmauth", "victoriametrics"]
    .map((service) => ({ service, image: image(service, "v1.2.0") }));

  const changes = planServices(
    running,
    images("v1.2.0", ...all),
    images("v1.10.0", ...all, "exporter"),
  );

  assertEquals(
    changes.map(({ service }) => service),
    ["vmauth", "victoriametrics", "exporter", "nginx"],
  );
  assertEquals(
    formatServices(changes).split("\n").slice(1, 3),
    [
      "  victoriametrics   v1.2.0 → v1.10.0",
      "  exporter          new, v1.10.0",
    ],
  );
});

/** Two images, and whether the second is older. */
const PAIRS: [from: string, to: string, isOlder: boolean][] = [
  ["a:v1.145.0", "a:v1.145.0", false],
  ["a:v1.99.0", "a:v1.145.0", false],
  ["a:v1.145.0", "a:v1.99.0", true],
  ["a:1.28.0-alpine", "a:1.27.9-alpine", true],
  ["registry.example:5000/a:v2.0", "registry.example:5000/a:v1.9", true],
  ["a:v1.2@sha256:00", "a:v1.1@sha256:ff", true],
  ["a:latest", "a:v1.0", false],
];

Deno.test("downgrades() compares the versions in tags as numbers", () => {
  for (const [from, to, isOlder] of PAIRS) {
    const found = downgrades([{ service: "a", from, to }]);
    assertEquals(found.length === 1, isOlder, `${from} to ${to}`);
  }
});

/** A release of the given files, with its list of sums. */
async function release(files: Record<string, string>): Promise<TempDir> {
  const dir = makeTempDir();
  const listed = [];
  for (const [path, text] of Object.entries(files)) {
    write(dir.path, path, text);
    listed.push(await describeFile(path, new TextEncoder().encode(text)));
  }
  await writeSums(dir.path, listed);
  return dir;
}

function write(dir: string, path: string, text: string): void {
  const folder = path.split("/").slice(0, -1).join("/");
  Deno.mkdirSync(`${dir}/${folder}`, { recursive: true });
  Deno.writeTextFileSync(`${dir}/${path}`, text);
}

const OLD = {
  "compose.yml": "1",
  "nginx/a.conf": "1",
  "nginx/gone.conf": "1",
  "nginx/gone-changed.conf": "1",
  "alertmanager/alertmanager.yml": "1",
  "backup/backup.sh": "1",
  "README.txt": "1",
};
const NEW = {
  "compose.yml": "2",
  "nginx/a.conf": "1",
  "nginx/new.conf": "2",
  "alertmanager/alertmanager.yml": "2",
  "backup/backup.sh": "1",
  "README.txt": "2",
};

Deno.test("compareFiles() keeps what the operator has changed", async () => {
  using stack = await release(OLD);
  using next = await release(NEW);
  const own = ["alertmanager/alertmanager.yml", "nginx/gone-changed.conf"];
  for (const path of [...own, "backup/backup.sh"]) {
    write(stack.path, path, "own");
  }
  using saved = makeTempDir();

  const changes = await compareFiles(stack.path, next.path);
  saveFiles(stack.path, saved.path, changes);
  installFiles(stack.path, next.path, changes);

  assertEquals(changes, {
    replaced: ["README.txt", "compose.yml", "SHA256SUMS"],
    added: ["nginx/new.conf"],
    removed: ["nginx/gone.conf"],
    kept: ["alertmanager/alertmanager.yml"],
  });
  assertEquals(contents(stack.path), {
    "README.txt": "2",
    "alertmanager/alertmanager.yml": "own",
    "alertmanager/alertmanager.yml.new": "2",
    "backup/backup.sh": "own",
    "compose.yml": "2",
    "nginx/a.conf": "1",
    "nginx/gone-changed.conf": "own",
    "nginx/new.conf": "2",
  });
  assertEquals(contents(saved.path), {
    "README.txt": "1",
    "compose.yml": "1",
    "nginx/gone.conf": "1",
  });
  const again = await compareFiles(stack.path, next.path);
  assertEquals(Object.values(again).flat(), []);
});

/** All files but the list of sums. */
function contents(dir: string, path = ""): Record<string, string> {
  const entries = [...Deno.readDirSync(`${dir}/${path}`)]
    .sort((a, b) => a.name < b.name ? -1 : 1);
  return Object.assign(
    {},
    ...entries.map(({ name, isDirectory }) => {
      const at = `${path}${name}`;
      if (isDirectory) return contents(dir, `${at}/`);
      if (name === "SHA256SUMS") return {};
      return { [at]: Deno.readTextFileSync(`${dir}/${at}`) };
    }),
  );
}

Deno.test("compareFiles() of a stack without a list replaces all", async () => {
  using stack = await release(OLD);
  using next = await release(NEW);
  Deno.removeSync(`${stack.path}/SHA256SUMS`);
  write(stack.path, "compose.yml", "own");

  const changes = await compareFiles(stack.path, next.path);

  assertEquals(changes.kept, []);
  assertEquals(changes.replaced.length, 3);
  assertEquals(changes.added, ["nginx/new.conf", "SHA256SUMS"]);
});

Deno.test("compareFiles() refuses a damaged release, and no release", async () => {
  using stack = await release(OLD);
  using next = await release(NEW);
  write(next.path, "nginx/a.conf", "flipped");
  using empty = makeTempDir();

  await assertRejects(
    () => compareFiles(stack.path, next.path),
    StackDirError,
    "nginx/a.conf is damaged or missing",
  );
  await assertRejects(
    () => compareFiles(stack.path, empty.path),
    StackDirError,
    "Cannot find SHA256SUMS",
  );
});

Deno.test("writeGoBack() starts the services also when mspctl apply fails", async () => {
  using stack = makeTempDir();
  const saved = "data/upgrade/20261127-120000";
  write(stack.path, "compose.yml", "2");
  write(stack.path, `${saved}/files/compose.yml`, "1");
  const program = (path: string, text: string) => {
    write(stack.path, path, `#!/bin/sh\n${text}\n`);
    Deno.chmodSync(`${stack.path}/${path}`, 0o755);
  };
  program("mspctl", "exit 1");
  program("bin/docker", 'echo "$*" >>docker.log');
  const changes = {
    replaced: ["compose.yml"],
    added: [],
    removed: [],
    kept: [],
  };
  writeGoBack(stack.path, saved, { changes, services: ["vmauth", "nginx"] });

  const script = `${stack.path}/${saved}/go-back.sh`;
  const { code, stderr } = await runCommand(["sh", script], {
    env: { PATH: `${stack.path}/bin:${Deno.env.get("PATH")}` },
  });

  assertEquals(code, 0, stderr);
  assertEquals(
    stderr,
    "go-back.sh: correct that, and run mspctl apply again\n",
  );
  assertEquals(Deno.readTextFileSync(`${stack.path}/compose.yml`), "1");
  assertEquals(Deno.readTextFileSync(`${stack.path}/docker.log`).split("\n"), [
    "compose stop vmauth nginx",
    "compose up -d --wait --force-recreate --no-deps vmauth nginx",
    "",
  ]);
});
