/** Reads all of the operators' files and checks that they fit each other. */
import { AppError } from "../../../shared/errors.ts";
import type { Problem } from "../../../shared/config_text.ts";
import { nearest } from "../../../shared/nearest.ts";
import {
  readHolidays,
  readMaintenance,
  readRetired,
} from "./calendar_files.ts";
import { readCustomer, readProvider } from "./people_files.ts";
import type { Contacts, OperatorSettings } from "./settings.ts";
import { type Fields, YamlFile } from "./yaml_file.ts";

/** Names below the stack's folder. */
export const OPERATOR_FILES = {
  dir: "config",
  provider: "config/msp.yml",
  customers: "config/customers",
  maintenance: "config/maintenance.yml",
  holidays: "config/holidays.yml",
  retired: "config/retired.yml",
  /** Passwords, tokens and addresses that files of `config` name. */
  secrets: "secrets/notify",
} as const;

/** One or more of the files are wrong. */
export class SettingsError extends AppError {
  override readonly name = "SettingsError";
  readonly code = "settings";
  readonly hint: string;

  constructor(readonly problems: readonly Problem[]) {
    super(`Cannot use config: ${problems.map(({ what }) => what).join("; ")}`);
    this.hint = problems.map(({ hint }) => hint).join("; ");
  }
}

/** What the files are checked against. */
export interface SettingsContext {
  /** The stack's folder. */
  readonly dir: string;
  /**
   * Customers that have tokens or had them. Asked for after the files are read,
   * because whoever adds a customer beside this makes its file last.
   */
  readonly customerIds: () => readonly string[];
  /** Zone of times that name none. */
  readonly zone: string;
}

/**
 * Reads everything below config/. Files that are missing set nothing.
 * @throws {SettingsError} with everything that is wrong
 */
export function readOperatorSettings(
  context: SettingsContext,
): OperatorSettings {
  const { dir, zone } = context;
  const inFiles: Problem[] = [];
  const read = <T>(path: string, from: (fields: Fields) => T) => {
    const file = new YamlFile(path);
    const value = file.read(readText(`${dir}/${path}`), from);
    inFiles.push(...file.problems);
    return value;
  };
  const ids = customerFiles(dir);
  const settings: OperatorSettings = {
    provider: read(OPERATOR_FILES.provider, readProvider) ??
      { language: "ko", onCall: { mail: [] } },
    customers: ids.flatMap((id) =>
      read(
        `${OPERATOR_FILES.customers}/${id}.yml`,
        readCustomer(id, zone),
      ) ?? []
    ),
    maintenance: read(OPERATOR_FILES.maintenance, readMaintenance(zone)) ?? [],
    holidays: read(OPERATOR_FILES.holidays, readHolidays(zone)) ?? [],
    retired: read(OPERATOR_FILES.retired, readRetired) ?? [],
  };
  const customerIds = context.customerIds();
  const problems = [
    ...unknownCustomers(ids, customerIds),
    ...inFiles,
    ...strangers(settings, customerIds),
    ...mailWithoutServer(settings),
    ...missingSecrets(settings, dir),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function customerFiles(dir: string): string[] {
  try {
    return Array.from(Deno.readDirSync(`${dir}/${OPERATOR_FILES.customers}`))
      .filter(({ name }) => name.endsWith(".yml"))
      .map(({ name }) => name.slice(0, -".yml".length))
      .sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** A file of nobody is a misspelt name: somebody would wait for alerts. */
function unknownCustomers(
  files: readonly string[],
  customerIds: readonly string[],
): Problem[] {
  return files.filter((id) => !customerIds.includes(id)).map((id) => {
    const meant = nearest(id, customerIds);
    return {
      what:
        `${OPERATOR_FILES.customers}/${id}.yml: there is no customer "${id}"`,
      hint: meant === undefined
        ? `run mspctl customer add ${id}, or remove the file`
        : `rename it to ${meant}.yml, or run mspctl customer add ${id}`,
    };
  });
}

function strangers(
  { maintenance, retired }: OperatorSettings,
  customerIds: readonly string[],
): Problem[] {
  const check = (path: string, customer: string): Problem[] => {
    if (customerIds.includes(customer)) return [];
    const meant = nearest(customer, customerIds);
    return [{
      what: `${path}: there is no customer "${customer}"`,
      hint: meant === undefined
        ? `customers are ${customerIds.join(", ")}`
        : `did you mean "${meant}"?`,
    }];
  };
  return [
    ...maintenance.flatMap(({ id, customer }) =>
      check(`${OPERATOR_FILES.maintenance}: window ${id}`, customer)
    ),
    ...retired.flatMap(({ server, customer }) =>
      check(`${OPERATOR_FILES.retired}: server ${server}`, customer)
    ),
  ];
}

/** Contacts with the file that names them. */
function allContacts(
  { provider, customers }: OperatorSettings,
): (readonly [path: string, contacts: Contacts])[] {
  return [
    [`${OPERATOR_FILES.provider}: on_call`, provider.onCall],
    ...customers.map(({ id, contacts }) =>
      [`${OPERATOR_FILES.customers}/${id}.yml: contacts`, contacts] as const
    ),
  ];
}

function mailWithoutServer(settings: OperatorSettings): Problem[] {
  if (settings.provider.smtp !== undefined) return [];
  return allContacts(settings)
    .filter(([, { mail }]) => mail.length > 0)
    .map(([path]) => ({
      what: `${path}.mail needs a mail server`,
      hint: `set smtp in ${OPERATOR_FILES.provider}`,
    }));
}

function missingSecrets(settings: OperatorSettings, dir: string): Problem[] {
  const { smtp } = settings.provider;
  const named = [
    [`${OPERATOR_FILES.provider}: smtp.password_file`, smtp?.passwordFile],
    ...allContacts(settings).flatMap(([path, { slack, webhook }]) => [
      [`${path}.slack.url_file`, slack?.urlFile],
      [`${path}.webhook.token_file`, webhook?.tokenFile],
    ]),
  ] as const;
  return named.flatMap(([where, name]) => {
    if (name === undefined) return [];
    const path = `${OPERATOR_FILES.secrets}/${name}`;
    if (readText(`${dir}/${path}`).trim() !== "") return [];
    return [{
      what: `${where} "${name}": ${path} is missing or empty`,
      hint: `write the secret into it: (umask 077; cat >${path})`,
    }];
  });
}
