/** The machine this program was built for. Source: uname(2) `machine`. */

/** `x86_64` or `aarch64`. */
export const MACHINE: string = Deno.build.arch;
