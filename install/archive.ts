/** Folders of a release as one file: the same bytes for the same content. */
import { runCommand } from "../deploy/parts/command.ts";
import { AppError } from "../shared/errors.ts";
import { describeFile, gzipBytes, type ReleaseFile } from "./release_files.ts";

/** A folder cannot be packed. */
export class ArchiveError extends AppError {
  override readonly name = "ArchiveError";
  readonly code = "archive";
  readonly hint = "Install GNU tar, and look for free space";
}

/**
 * Packs the folder `name` of `parent` as `dist/name.tar.gz`, with every file
 * root's and of one time.
 * @throws {ArchiveError}
 */
export async function packFolder(
  name: string,
  { parent, dist, epochSeconds }: {
    readonly parent: string;
    readonly dist: string;
    readonly epochSeconds: number;
  },
): Promise<ReleaseFile> {
  const path = `${parent}/${name}.tar`;
  const tar = await runCommand([
    "tar",
    "--create",
    `--file=${path}`,
    "--format=ustar",
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u=rwX,go=rX",
    `--mtime=@${epochSeconds}`,
    name,
  ], { cwd: parent });
  if (tar.code !== 0) {
    throw new ArchiveError(`Cannot pack ${name}: ${tar.stderr.trim()}`);
  }
  const packed = await gzipBytes(await Deno.readFile(path));
  await Deno.writeFile(`${dist}/${name}.tar.gz`, packed);
  return await describeFile(`${name}.tar.gz`, packed);
}
