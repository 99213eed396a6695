/** What a number was measured on. */

/** One line: CPU, cores, memory, kernel. */
export function describeMachine(): string {
  const cpuinfo = Deno.readTextFileSync("/proc/cpuinfo");
  const model = /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? "unknown CPU";
  const { total } = Deno.systemMemoryInfo();
  return `${navigator.hardwareConcurrency} x ${model}, ` +
    `${Math.round(total / 1024 ** 3)} GiB, Linux ${Deno.osRelease()}`;
}
