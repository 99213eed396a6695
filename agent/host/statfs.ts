/** File system sizes with a deadline. (interface first; implementation to come) */

/** What statfs(2) says, each number rounded once from 64 bits. */
export interface FileSystemStats {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly availBytes: number;
  readonly files: number;
  readonly filesFree: number;
}

/** Either the sizes or the reason why there are none. */
export type StatFsResult =
  | { readonly ok: true; readonly stats: FileSystemStats }
  | { readonly ok: false; readonly errno: string };

/**
 * Sizes of the file system mounted at the absolute `path`. Never rejects; a
 * mount that does not answer within `timeoutMs` gives `mountpoint timeout`.
 */
export type StatFs = (path: string, timeoutMs: number) => Promise<StatFsResult>;
