/** Processes that die, and processes that hang. */
import type { Program } from "../program.ts";
import type { System } from "../system.ts";
import { type Fault, pick } from "./fault.ts";

/** kill -9 of one of ours, started again at the end. */
export function killed(
  name: string,
  of: (system: System, random: () => number) => Program,
): Fault {
  return {
    name,
    async begin(system, random) {
      const program = of(system, random);
      await program.kill();
      return {
        target: program.name,
        silences: program.name,
        end: () => program.start(),
      };
    },
  };
}

function anAgent({ freeAgents }: System, random: () => number): Program {
  return pick(freeAgents, random).program;
}

/** kill -9 of each, started again at the end. */
export const KILLS: readonly Fault[] = [
  killed("agent killed", anAgent),
  killed("relay killed", ({ relay }) => relay.program),
  {
    name: "store killed",
    async begin({ central }) {
      await central.vm.kill();
      return {
        target: "VictoriaMetrics",
        silences: "central",
        end: () => central.startVm(),
      };
    },
  },
  {
    name: "vmauth killed",
    async begin({ central }) {
      await central.vmauth.kill();
      return {
        target: "vmauth",
        silences: "central",
        end: () => central.startVmauth(),
      };
    },
  },
  {
    name: "vmalert killed",
    async begin({ alerting }) {
      await alerting.killVmalert();
      return {
        target: "vmalert",
        silences: "alerting",
        end: () => alerting.startVmalert(),
      };
    },
  },
  {
    name: "Alertmanager killed",
    async begin({ alerting: { alertmanager } }) {
      await alertmanager.kill();
      return {
        target: "Alertmanager",
        silences: "alerting",
        end: () => alertmanager.startAgain(),
      };
    },
  },
  {
    name: "front restarted",
    async begin({ central }) {
      await central.nginx.stop();
      return {
        target: "Nginx",
        silences: "central",
        end: () => central.startNginx(),
      };
    },
  },
];

/** SIGSTOP of one of ours, and SIGCONT at the end. */
export function paused(
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
        silences: program.name,
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
        silences: "central",
        end: () => Promise.resolve(vm.child.signal("SIGCONT")),
      });
    },
  },
];
