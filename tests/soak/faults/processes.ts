/** Processes that die, and processes that hang. */
import type { Program } from "../program.ts";
import type { System } from "../system.ts";
import { type Fault, pick } from "./fault.ts";

function killed(
  name: string,
  of: (system: System, random: () => number) => Program,
): Fault {
  return {
    name,
    async begin(system, random) {
      const program = of(system, random);
      await program.kill();
      return { target: program.name, end: () => program.start() };
    },
  };
}

function anAgent({ agents }: System, random: () => number): Program {
  return pick(agents, random).program;
}

/** kill -9 of each, started again at the end. */
export const KILLS: readonly Fault[] = [
  killed("agent killed", anAgent),
  killed("relay killed", ({ relay }) => relay.program),
  {
    name: "store killed",
    async begin({ central }) {
      await central.vm.kill();
      return { target: "VictoriaMetrics", end: () => central.startVm() };
    },
  },
  {
    name: "vmauth killed",
    async begin({ central }) {
      await central.vmauth.kill();
      return { target: "vmauth", end: () => central.startVmauth() };
    },
  },
  {
    name: "front restarted",
    async begin({ central }) {
      await central.nginx.stop();
      return { target: "Nginx", end: () => central.startNginx() };
    },
  },
];

function paused(
  name: string,
  of: (system: System, random: () => number) => Program,
): Fault {
  return {
    name,
    begin(system, random) {
      const program = of(system, random);
      const goOn = program.pause();
      return Promise.resolve({
        target: program.name,
        end: () => Promise.resolve(goOn()),
      });
    },
  };
}

/** SIGSTOP, and SIGCONT at the end. */
export const PAUSES: readonly Fault[] = [
  paused("agent paused", anAgent),
  paused("relay paused", ({ relay }) => relay.program),
  {
    name: "store paused",
    begin({ central: { vm } }) {
      vm.child.signal("SIGSTOP");
      return Promise.resolve({
        target: "VictoriaMetrics",
        end: () => Promise.resolve(vm.child.signal("SIGCONT")),
      });
    },
  },
];
