/** What systemd gives an installed agent, for those that run without it. */
import { ROOT } from "./process.ts";

/** The variables that the agent's unit sets. */
export function unitEnvironment(): Record<string, string> {
  const unit = Deno.readTextFileSync(
    `${ROOT}/install/units/msp-agent.service`,
  );
  const settings = unit.matchAll(/^Environment=(\w+)=(.*)$/gm);
  return Object.fromEntries(
    Array.from(settings, ([, name, value]) => [name, value]),
  );
}
