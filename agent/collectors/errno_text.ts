/**
 * The operating system's errors in the words of node_exporter's labels, which
 * are those of Go: the C library's in lower case.
 *
 * Source: Go syscall/zerrors_linux_amd64.go.
 */
const TEXTS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  ECONNABORTED: "software caused connection abort",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTDOWN: "host is down",
  EHOSTUNREACH: "no route to host",
  EINVAL: "invalid argument",
  EIO: "input/output error",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOSYS: "function not implemented",
  ENOTCONN: "transport endpoint is not connected",
  ENOTDIR: "not a directory",
  EOVERFLOW: "value too large for defined data type",
  EPERM: "operation not permitted",
  ESTALE: "stale NFS file handle",
  ETIMEDOUT: "connection timed out",
};

/** The text for an error's name; what has no name there stays as it is. */
export function errnoText(errno: string): string {
  return TEXTS[errno] ?? errno;
}
