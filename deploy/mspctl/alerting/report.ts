/** What `mspctl apply` says: who is told, what is missing, when it counts. */
import { hasContacts } from "../operators/people_files.ts";
import { OPERATOR_FILES } from "../operators/read_settings.ts";
import type { OperatorSettings } from "../operators/settings.ts";

/** vmalert looks at its files this often; compose.yml sets it. */
const VMALERT_TAKES_WITHIN = "30 s";

/** Lines for the person; those that begin with `warning:` need one. */
export function report(
  settings: OperatorSettings,
  { running, checked }: {
    readonly running: ReadonlySet<string>;
    readonly checked: boolean;
  },
): string {
  const { provider, customers, maintenance, retired } = settings;
  const told = customers.filter(({ contacts }) => hasContacts(contacts));
  const inUse = running.has("alertmanager")
    ? `Alertmanager uses it now, vmalert within ${VMALERT_TAKES_WITHIN}`
    : "Alertmanager and vmalert read it when they start";
  return [
    `Alerts: ${told.length} customers are told, ` +
    `${maintenance.length} maintenance windows, ` +
    `${
      retired.filter(({ until }) => until === undefined).length
    } retired servers\n`,
    `${inUse}\n`,
    checked
      ? ""
      : "Not checked by both: they do not run, and amtool and vmalert are not both installed here\n",
    hasContacts(provider.onCall)
      ? ""
      : `warning: nobody of the provider is told of alerts; they are only shown. Set on_call in ${OPERATOR_FILES.provider}\n`,
    provider.deadManUrl === undefined
      ? `warning: nobody notices when central itself is gone. Set dead_man in ${OPERATOR_FILES.provider}\n`
      : "",
  ].join("");
}
