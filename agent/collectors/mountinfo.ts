/** The list of mounts. Source: proc_pid_mountinfo(5); fs/proc_namespace.c. */

/** One line of mountinfo. */
export interface Mount {
  /** The mount's source as written, for example `/dev/vda1`. */
  readonly device: string;
  /** Blanks and tabs are unescaped, as node_exporter does; nothing else is. */
  readonly mountPoint: string;
  /** The mount point with every escape undone: what the kernel is asked for. */
  readonly path: string;
  readonly fsType: string;
  readonly major: string;
  readonly minor: string;
  readonly isReadOnly: boolean;
}

/** What a mountinfo file says. */
export interface MountList {
  /** In the kernel's order; of two on one path, the later covers the earlier. */
  readonly mounts: readonly Mount[];
  /** Lines that are not of the documented form. */
  readonly badLines: number;
}

/** Index of the first optional field; the fields before it are always there. */
const FIRST_OPTIONAL = 6;

/** Reads a whole mountinfo file. */
export function parseMountinfo(bytes: Uint8Array): MountList {
  const lines = decode(bytes).split("\n").filter((line) => line !== "");
  const mounts = lines.map(parseLine).filter((mount) => mount !== undefined);
  return { mounts, badLines: lines.length - mounts.length };
}

function parseLine(line: string): Mount | undefined {
  const words = line.split(" ");
  const dash = words.indexOf("-", FIRST_OPTIONAL);
  const [fsType, device, ...superOptions] = words.slice(dash + 1);
  const [, , number = "", , mountPoint = "", options = ""] = words;
  const [major, minor] = number.split(":");
  if (
    dash < 0 || !fsType || device === undefined || !major || !minor ||
    !mountPoint.startsWith("/")
  ) return undefined;
  return {
    device,
    mountPoint: mountPoint.replaceAll("\\040", " ").replaceAll("\\011", "\t"),
    path: unescapeOctal(mountPoint),
    fsType,
    major,
    minor,
    isReadOnly: hasWord(options, "ro") ||
      // Some file systems write blanks into their options.
      superOptions.some((part) =>
        hasWord(part, "ro") || hasWord(part, "emergency_ro")
      ),
  };
}

function hasWord(list: string, word: string): boolean {
  return list.split(",").includes(word);
}

/** The kernel escapes ASCII only: blank, tab, newline, backslash, number sign. */
function unescapeOctal(text: string): string {
  return text.replace(
    /\\([0-7]{3})/g,
    (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // A run of bad bytes is one mark in upstream's labels; the decoder gives several.
    return new TextDecoder().decode(bytes).replace(/\uFFFD+/g, "\uFFFD");
  }
}
