/** The senders' tokens, from `--tokens-file`. */
import { createHash, randomBytes } from "node:crypto";
import { SettingsFileError } from "../shared/settings_file.ts";
import { readText } from "./files.ts";

/** Says whose token it is; `undefined` for one that is not known. */
export type TokenTable = (token: string) => TokenOwner | undefined;

/** Who may use a token. */
export interface TokenOwner {
  /** Of the line in the file; empty for a token that many share. */
  readonly name: string;
}

const TOKEN = /^[\x21-\x7e]{8,512}$/;
const HINT =
  'Write one token a line, or a name and its token: "web-01 TOKEN"; tokens have 8 to 512 characters';

/**
 * Reads a file of lines `TOKEN` or `NAME TOKEN`; `#` begins a comment.
 *
 * @throws {SettingsFileError} when it cannot be read, or a line is wrong
 */
export function readTokens(path: string): TokenTable {
  return parseTokens(readText(path), path);
}

/** @throws {SettingsFileError} when a line is wrong or there is no token */
export function parseTokens(text: string, path: string): TokenTable {
  // Hashes with a salt of this process: how long a look-up takes tells nothing
  // about the tokens.
  const salt = randomBytes(32);
  const digest = (token: string) =>
    createHash("sha256").update(salt).update(token).digest("base64");
  const owners = new Map<string, TokenOwner>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/(^|\s)#.*$/, "").trim().split(/\s+/);
    if (words[0] === "") continue;
    const token = words.at(-1) ?? "";
    // Never the line itself: it holds a token.
    if (words.length > 2 || !TOKEN.test(token)) {
      throw new SettingsFileError(path, `line ${index + 1} is no token`, HINT);
    }
    owners.set(digest(token), { name: words.length === 2 ? words[0]! : "" });
  }
  if (owners.size === 0) {
    throw new SettingsFileError(path, "it holds no token", HINT);
  }
  return (token) => owners.get(digest(token));
}
