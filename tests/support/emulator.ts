/** Programs for aarch64, on machines of another kind too. */
import { isFile, missing, present, type Probed, program } from "./parts.ts";

/** Where Debian's packages for cross-compiling put the C library. */
const LIBRARIES = "/usr/aarch64-linux-gnu";

/**
 * What stands before an aarch64 program on the command line. QEMU's user mode
 * translates the program and hands its system calls to this kernel, so that
 * code, structures and the layout of arguments are aarch64's; page size, memory
 * order and /proc stay this machine's.
 */
export function aarch64Emulator(): Probed<readonly string[]> {
  if (Deno.build.arch === "aarch64") return present([]);
  const qemu = program("qemu-aarch64");
  if (!qemu.available) return missing("qemu-aarch64", qemu.reason);
  const loader = `${LIBRARIES}/lib/ld-linux-aarch64.so.1`;
  return isFile(loader)
    ? present([qemu.get(), "-L", LIBRARIES])
    : missing("aarch64's C library", `no ${loader}`);
}
