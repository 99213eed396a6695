/**
 * Operators' files: YAML in, checked values out. Everything that is wrong is
 * collected, each with file, line, field and what to do.
 */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { Kind } from "../../../shared/config_kinds.ts";
import {
  characterProblem,
  type Problem,
  shown,
} from "../../../shared/config_text.ts";
import { nearest } from "../../../shared/nearest.ts";

/** Far above what a person writes; a pasted log is a mistake. */
const MAX_FILE_CHARS = 1_000_000;

/** One file while it is read. */
export class YamlFile {
  readonly problems: Problem[] = [];
  readonly #lines = new LineCounter();

  /** `path` is the file's name in messages, from the stack's folder. */
  constructor(readonly path: string) {}

  /** Reads the fields of the whole file. What is wrong goes to `problems`. */
  read<T>(text: string, read: (fields: Fields) => T): T | undefined {
    if (text.length > MAX_FILE_CHARS) {
      this.complain(undefined, "is larger than 1 MB", "remove what is no YAML");
      return undefined;
    }
    const document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
    });
    for (const { message, pos } of document.errors) {
      this.complain(pos[0], message, "correct the YAML at this line");
    }
    if (this.problems.length > 0) return undefined;
    const top = document.contents;
    // Nothing, or comments only.
    const map = top === null || isEmpty(top) ? document.createNode({}) : top;
    return this.fieldsOf(map, "", read);
  }

  /** Reads a mapping, and complains of keys that `read` has not asked for. */
  fieldsOf<T>(
    node: unknown,
    path: string,
    read: (fields: Fields) => T,
  ): T | undefined {
    if (!isMap(node)) {
      const name = path === "" ? "the file" : path;
      this.complain(at(node), `${name} is no mapping`, "write KEY: VALUE");
      return undefined;
    }
    const fields = new Fields(this, node, path);
    const value = read(fields);
    fields.refuseUnknown();
    return value;
  }

  /** Notes a problem at an offset of the text. */
  complain(offset: number | undefined, what: string, hint: string): void {
    const line = offset === undefined
      ? ""
      : `:${this.#lines.linePos(offset).line}`;
    this.problems.push({ what: `${this.path}${line}: ${what}`, hint });
  }
}

/** The fields of one mapping. */
export class Fields {
  readonly #asked = new Set<string>();

  constructor(
    readonly file: YamlFile,
    readonly map: YAMLMap,
    /** Where the mapping stands, for example `contacts.slack`. */
    readonly path: string,
  ) {}

  /** Whether the key is there, right or wrong. */
  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  /** A single value, or `undefined` when it is missing or wrong. */
  value<T>(key: string, kind: Kind<T>): T | undefined {
    const node = this.#get(key);
    return node === undefined ? undefined : this.#parse(node, key, kind);
  }

  /** Like {@linkcode value}, and a missing one is a problem. */
  required<T>(key: string, kind: Kind<T>): T | undefined {
    if (this.#get(key) !== undefined) return this.value(key, kind);
    const where = this.path === "" ? "" : `${this.path}: `;
    this.file.complain(
      at(this.map),
      `${where}"${key}" is missing`,
      `write ${key}: ${kind.example}`,
    );
    return undefined;
  }

  /** The values of a list; a single value is a list of one. */
  values<T>(key: string, kind: Kind<T>): T[] {
    const node = this.#get(key);
    if (node === undefined) return [];
    const items = isSeq(node) ? node.items : [node];
    return items.flatMap((item) => {
      const value = this.#parse(item, key, kind);
      return value === undefined ? [] : [value];
    });
  }

  /** A mapping in the mapping. */
  nested<T>(key: string, read: (fields: Fields) => T): T | undefined {
    const node = this.#get(key);
    return node === undefined
      ? undefined
      : this.file.fieldsOf(node, this.#pathOf(key), read);
  }

  /** A list of mappings. */
  list<T>(key: string, read: (fields: Fields) => T | undefined): T[] {
    const node = this.#get(key);
    if (node === undefined) return [];
    const path = this.#pathOf(key);
    if (!isSeq(node)) {
      this.file.complain(at(node), `${path} is no list`, "start each with -");
      return [];
    }
    return node.items.flatMap((item, i) => {
      const value = this.file.fieldsOf(item, `${path}[${i}]`, read);
      return value === undefined ? [] : [value];
    });
  }

  /** Notes a problem of one field, or of the mapping when it has no such field. */
  complain(key: string, what: string, hint: string): void {
    const node = this.#get(key) ?? this.map;
    this.file.complain(at(node), `${this.#pathOf(key)} ${what}`, hint);
  }

  /** Complains of the keys that nobody has asked for. */
  refuseUnknown(): void {
    for (const { key } of this.map.items) {
      const name = textOf(key) ?? "";
      if (this.#asked.has(name)) continue;
      const meant = nearest(name, this.#asked);
      this.file.complain(
        at(key),
        `unknown key ${shown(this.#pathOf(name))}`,
        meant === undefined
          ? `keys are ${Array.from(this.#asked).join(", ")}`
          : `did you mean "${meant}"?`,
      );
    }
  }

  #parse<T>(node: unknown, key: string, kind: Kind<T>): T | undefined {
    const text = textOf(node);
    const path = this.#pathOf(key);
    if (text === undefined || text === "") {
      const what = text === "" ? "has no value" : "is no single value";
      const hint = `write ${key}: ${kind.example}`;
      this.file.complain(at(node), `${path} ${what}`, hint);
      return undefined;
    }
    const problem = characterProblem(text);
    const parsed = problem === undefined
      ? kind.parse(text)
      : { ok: false as const, ...problem };
    if (parsed.ok) return parsed.value;
    const subject = `${path} ${shown(kind.mask?.(text) ?? text)}`;
    this.file.complain(at(node), `${subject} ${parsed.what}`, parsed.hint);
    return undefined;
  }

  #get(key: string): Node | undefined {
    this.#asked.add(key);
    const pair = this.map.items.find((item) => textOf(item.key) === key);
    // A key with nothing behind it, or only comments: as if it were not there.
    if (pair === undefined || isEmpty(pair.value)) return undefined;
    return pair.value as Node; // parseDocument makes nothing else
  }

  #pathOf(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

/** The text of a scalar as the person wrote it: `1e3` and not `1000`. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  if (typeof node.value === "string") return node.value;
  return node.source ?? String(node.value);
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function at(node: unknown): number | undefined {
  const range = (node as Partial<Node> | undefined)?.range;
  return range?.[0];
}
