/** Changes config/ files for the operator, whose comments and order stay. */
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from "yaml";

/** One change of one of the files. */
export interface FileEdit {
  /** Below the stack's folder. */
  readonly path: string;
  /** Gets the text that is there, empty for none. */
  readonly change: (text: string) => string;
}

/** Mappings of the list under `key`, for a change; see {@linkcode editList}. */
export class ListEditor {
  constructor(readonly document: Document, readonly key: string) {}

  /** The first entry whose fields are these. */
  find(fields: Readonly<Record<string, string>>): YAMLMap | undefined {
    const list = this.document.get(this.key);
    const items = isSeq(list) ? list.items : [];
    return items.filter(isMap).find((item) =>
      Object.entries(fields).every(([key, value]) => item.get(key) === value)
    );
  }

  /** Adds an entry at the end. */
  add(entry: Readonly<Record<string, unknown>>): void {
    if (!isSeq(this.document.get(this.key))) this.document.set(this.key, []);
    this.document.addIn([this.key], this.document.createNode(entry));
  }

  /** Removes an entry that {@linkcode find} has found. */
  remove(entry: YAMLMap): void {
    const list = this.document.get(this.key);
    if (isSeq(list)) list.items.splice(list.items.indexOf(entry), 1);
  }
}

/** The text with its list under `key` changed. */
export function editList(
  text: string,
  key: string,
  change: (list: ListEditor) => void,
): string {
  const document = parseDocument(text);
  change(new ListEditor(document, key));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
