/** Which file may import which, as ARCHITECTURE.md draws it. */
import {
  type Import,
  importsOf,
  isTypeScript,
  type SourceFile,
} from "./source.ts";

/** What the files of one layer may import beside their own layer. */
interface Layer {
  readonly dir: string;
  readonly may: readonly RegExp[];
  /** Runs in Bun too, which does not read the import map of deno.json. */
  readonly inBun: boolean;
}

const LAYERS: readonly Layer[] = [
  // The version stands in deno.json and nowhere else.
  { dir: "shared/", may: [/^deno\.json$/], inBun: true },
  { dir: "agent/", may: [/^shared\//], inBun: false },
  { dir: "relay/", may: [/^shared\//], inBun: true },
  { dir: "install/", may: [/^shared\//, /^deploy\/parts\//], inBun: false },
  {
    dir: "deploy/",
    may: [/^shared\//, /^(agent|relay)\/config\.ts$/],
    inBun: false,
  },
];

/** Imports that a part of a layer must not have, and the reason. */
const FORBIDDEN: readonly (readonly [from: RegExp, to: RegExp, why: string])[] =
  [
    [
      /^agent\/collectors\//,
      /^shared\/(remote_write|spool|labels|forwarder)/,
      "collectors know no labels of the host and no sending",
    ],
    [
      /^shared\/spool\//,
      /^shared\/(remote_write|forwarder)/,
      "the spool moves bytes",
    ],
    [
      /^shared\/remote_write\//,
      /^shared\/(spool|forwarder)/,
      "remote_write knows no disk",
    ],
  ];

/**
 * What the agent must not load at its start. Any module of Node takes 2 to 5 MB
 * of anonymous memory on Deno 2.9.6, and so do packages that look for Node's
 * globals. Loading one within a function that rarely runs is fine.
 */
const COSTLY_IN_AGENT = /^(node:|protobufjs)/;

/** Files and modules that make every agent larger, with the way to them. */
export function checkAgentMemory(files: readonly SourceFile[]): string[] {
  const byPath = new Map(sources(files).map((file) => [file.path, file]));
  const ways = new Map([["agent/main.ts", "agent/main.ts"]]);
  const problems: string[] = [];
  for (const [path, way] of ways) {
    const file = byPath.get(path);
    const loaded = file === undefined ? [] : importsOf(file)
      .filter(({ isDynamic, isType }) => !isDynamic && !isType);
    for (const { specifier, target } of loaded) {
      if (target !== undefined && !ways.has(target)) {
        ways.set(target, `${way} → ${target}`);
      }
      if (COSTLY_IN_AGENT.test(specifier)) {
        problems.push(`${way} → ${specifier}: load it when it is needed`);
      }
    }
  }
  return problems;
}

/** Violations of the layers, one sentence each. */
export function checkLayers(files: readonly SourceFile[]): string[] {
  return sources(files).flatMap((file) => {
    const layer = LAYERS.find(({ dir }) => file.path.startsWith(dir));
    if (layer === undefined) return [];
    return importsOf(file)
      .map((one) => layerProblem(file.path, one, layer))
      .filter((problem) => problem !== undefined);
  });
}

/** Relative imports of files that do not exist, and cycles among those that do. */
export function checkGraph(files: readonly SourceFile[]): string[] {
  const graph = new Map(
    sources(files).map((file) => [
      file.path,
      importsOf(file).flatMap(({ target }) => target ?? []),
    ]),
  );
  return [...findMissing(graph, files), ...findCycles(graph)];
}

function sources(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => isTypeScript(path));
}

function layerProblem(
  from: string,
  { specifier, target }: Import,
  layer: Layer,
): string | undefined {
  if (target === undefined) return packageProblem(from, specifier, layer);
  const allowed = target.startsWith(layer.dir) ||
    layer.may.some((pattern) => pattern.test(target));
  if (!allowed) return `${from} imports ${target}: not of ${layer.dir}`;
  const rule = FORBIDDEN.find(([of, to]) => of.test(from) && to.test(target));
  return rule && `${from} imports ${target}: ${rule[2]}`;
}

function packageProblem(
  from: string,
  specifier: string,
  { inBun }: Layer,
): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  if (/^[a-z]+:/.test(specifier)) {
    return `${from} imports "${specifier}": write the bare name of deno.json`;
  }
  if (specifier.startsWith("@grafana/") && !from.startsWith("deploy/")) {
    return `${from} imports "${specifier}": only deploy/ makes dashboards`;
  }
  if (inBun && specifier.startsWith("@std/")) {
    return `${from} imports "${specifier}": Bun does not find it`;
  }
  return undefined;
}

type Graph = ReadonlyMap<string, readonly string[]>;

function findMissing(graph: Graph, files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  return Array.from(graph).flatMap(([path, targets]) =>
    // Only the layers: tests hold samples of code in strings.
    path.startsWith("tests/") ? [] : targets
      .filter((target) => !known.has(target) && isTypeScript(target))
      .map((target) => `${path} imports ${target}: no such file`)
  );
}

/** Each cycle once, from the file at which the search met it. */
function findCycles(graph: Graph): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push(`cycle: ${[...path.slice(at), file].join(" → ")}`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
