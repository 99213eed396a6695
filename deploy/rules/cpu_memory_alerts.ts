/**
 * Processor and memory of one server. The alerts ask for this moment's use, not
 * for what is recorded of it once a minute: that comes up to a minute and a half later.
 */
import { type Alert, WHO } from "./alert.ts";
import { cpuBusy, memoryUsed, overThreshold } from "./expressions.ts";
import { FLEET } from "./recording.ts";
import { PLACED_SERVER, SERVER } from "./selectors.ts";

const BUSY = cpuBusy(FLEET);
const USED = `(${memoryUsed(FLEET)})`;

/** The value as a share. */
const PERCENT = "{{ $value | humanizePercentage }}";

const CORES =
  `count by (${SERVER}) (count by (${SERVER}, cpu) (node_cpu_seconds_total{mode="idle"}))`;

const SWAP_USED =
  `1 - max by (${PLACED_SERVER}) (node_memory_SwapFree_bytes) / (max by (${PLACED_SERVER}) (node_memory_SwapTotal_bytes) > 0)`;

/** Alerts about the processors. */
export const CPU_ALERTS: readonly Alert[] = [{
  name: "HighCPUUsage",
  expr: overThreshold(BUSY, "cpu"),
  for: "5m",
  severity: "warning",
  scope: "host",
  cause: "cpu",
  ko: {
    summary: `${WHO}: CPU 사용률 ${PERCENT}`,
    description: "CPU 사용률이 5분 넘게 기준을 초과했습니다. " +
      "1) top이나 pidstat으로 CPU를 많이 쓰는 프로세스를 확인하십시오. " +
      "2) 배포나 배치 작업이 있었는지 확인하십시오. " +
      "3) 계속되면 증설하거나 고객사 기준을 조정하십시오.",
  },
  en: {
    summary: `${WHO}: CPU ${PERCENT} busy`,
    description:
      "The processors have been busier than the threshold for 5 minutes. " +
      "1) Find the process with top or pidstat. " +
      "2) Look for a deployment or a batch job. " +
      "3) If it stays, enlarge the server or change the customer's threshold.",
  },
}, {
  name: "CPUSaturated",
  expr: `${BUSY} > 0.98`,
  for: "15m",
  severity: "critical",
  scope: "host",
  cause: "cpu",
  ko: {
    summary: `${WHO}: CPU 포화, 사용률 ${PERCENT}`,
    description:
      "CPU가 15분 넘게 여유가 없습니다. 응답이 크게 느려졌을 가능성이 높습니다. " +
      "1) 폭주한 프로세스가 있는지 top으로 확인하십시오. " +
      "2) 서비스 응답 시간과 큐를 확인하십시오. " +
      "3) 프로세스를 재시작하거나 서버를 증설하십시오.",
  },
  en: {
    summary: `${WHO}: CPU saturated, ${PERCENT} busy`,
    description:
      "The processors have had nothing left for 15 minutes; answers are probably slow. " +
      "1) Look for a runaway process with top. " +
      "2) Check the service's latency and queues. " +
      "3) Restart the process or enlarge the server.",
  },
}, {
  name: "CPUSteal",
  expr:
    `avg by (${PLACED_SERVER}) (max by (${PLACED_SERVER}, cpu) (rate(node_cpu_seconds_total{mode="steal"}[5m]))) > 0.10`,
  for: "15m",
  severity: "warning",
  scope: "host",
  ko: {
    summary: `${WHO}: CPU steal 비율 ${PERCENT}`,
    description: "하이퍼바이저가 이 서버에 CPU를 충분히 주지 않고 있습니다. " +
      "1) CSP 콘솔에서 CPU 크레딧이 소진되었는지 확인하십시오. " +
      "2) 인스턴스를 중지 후 시작해 다른 호스트로 옮기십시오. " +
      "3) 계속되면 전용 코어 사양으로 변경하십시오.",
  },
  en: {
    summary: `${WHO}: CPU steal ${PERCENT}`,
    description:
      "The hypervisor gives the server less processor time than it asks for. " +
      "1) See whether CPU credits are used up. " +
      "2) Stop and start the instance, which moves it to another host. " +
      "3) If it stays, take a type with cores of its own.",
  },
}, {
  name: "HighLoad",
  expr:
    `max by (${PLACED_SERVER}) (node_load5) / on (${SERVER}) group_left () ${CORES} > 2`,
  for: "15m",
  severity: "warning",
  scope: "host",
  ko: {
    summary: `${WHO}: 코어당 Load {{ $value | humanize }}`,
    description: "실행을 기다리는 작업이 코어 수의 두 배를 넘습니다. " +
      "1) vmstat 1에서 r(CPU 대기)과 b(디스크 대기)를 확인하십시오. " +
      "2) b가 크면 iostat -x 1로 디스크를 확인하십시오. " +
      "3) NFS처럼 응답이 없는 마운트가 있는지 확인하십시오.",
  },
  en: {
    summary: `${WHO}: load {{ $value | humanize }} per core`,
    description: "More than two tasks per core wait for their turn. " +
      "1) Compare r (processors) and b (disks) of vmstat 1. " +
      "2) If b is high, look at the disks with iostat -x 1. " +
      "3) Look for a mount that does not answer, such as NFS.",
  },
}];

/** Alerts about the memory. */
export const MEMORY_ALERTS: readonly Alert[] = [{
  name: "HighMemoryUsage",
  expr: overThreshold(USED, "memory"),
  for: "5m",
  severity: "warning",
  scope: "host",
  cause: "memory",
  ko: {
    summary: `${WHO}: 메모리 사용률 ${PERCENT}`,
    description:
      "메모리 사용률이 5분 넘게 기준을 초과했습니다. 캐시는 사용량에 포함되지 않습니다. " +
      "1) ps aux --sort=-rss로 메모리를 많이 쓰는 프로세스를 확인하십시오. " +
      "2) 그래프에서 계속 늘고 있는지(누수) 확인하십시오. " +
      "3) 프로세스를 재시작하거나 메모리를 늘리십시오.",
  },
  en: {
    summary: `${WHO}: memory ${PERCENT} used`,
    description:
      "More memory than the threshold has been in use for 5 minutes; caches do not count. " +
      "1) Find the process with ps aux --sort=-rss. " +
      "2) See on the graph whether it keeps growing, as a leak does. " +
      "3) Restart the process or add memory.",
  },
}, {
  name: "MemoryExhausted",
  expr: `${USED} > 0.97`,
  for: "5m",
  severity: "critical",
  scope: "host",
  cause: "memory",
  ko: {
    summary: `${WHO}: 메모리 고갈, 사용률 ${PERCENT}`,
    description: "커널이 곧 프로세스를 강제 종료(OOM)할 수 있습니다. " +
      "1) ps aux --sort=-rss로 원인 프로세스를 확인하십시오. " +
      "2) dmesg에서 Out of memory를 확인하십시오. " +
      "3) 급하면 원인 프로세스를 재시작하십시오.",
  },
  en: {
    summary: `${WHO}: memory exhausted, ${PERCENT} used`,
    description: "The kernel may soon kill processes (OOM). " +
      "1) Find the process with ps aux --sort=-rss. " +
      "2) Look for Out of memory in dmesg. " +
      "3) Restart the process that uses it up.",
  },
}, {
  name: "SwapHeavy",
  expr: `${SWAP_USED} > 0.80
and on (${SERVER}) ${USED} > 0.80`,
  for: "10m",
  severity: "warning",
  scope: "host",
  cause: "memory",
  ko: {
    summary: `${WHO}: 스왑 사용률 ${PERCENT}`,
    description: "메모리가 부족해 스왑까지 거의 찼습니다. " +
      "1) vmstat 1의 si, so로 스왑이 계속 일어나는지 확인하십시오. " +
      "2) 메모리를 많이 쓰는 프로세스를 확인하십시오. " +
      "3) 메모리를 늘리거나 프로세스를 줄이십시오.",
  },
  en: {
    summary: `${WHO}: swap ${PERCENT} used`,
    description: "Memory is short and swap nearly full as well. " +
      "1) See with si and so of vmstat 1 whether it still swaps. " +
      "2) Find what uses the memory. " +
      "3) Add memory or run less.",
  },
}];
