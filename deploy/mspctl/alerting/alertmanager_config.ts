/**
 * Alertmanager's file: who is told what, when, and what is left out. Equal
 * settings give equal text. It holds no secret: those are files of their own.
 */
import { stringify } from "yaml";
import {
  type Day,
  daysAfterMonday,
  formatClock,
  type WeeklyHours,
} from "../operators/kinds.ts";
import { hasContacts } from "../operators/people_files.ts";
import type {
  CustomerSettings,
  MailServer,
  OperatorSettings,
} from "../operators/settings.ts";
import { INHIBIT_RULES } from "./inhibition.ts";
import { type Receiver, receiver } from "./receivers.ts";
import { DEFAULT_ROOTS, type Roots } from "./roots.ts";

/** Stands in the file when config/msp.yml names nobody; preflight looks for it. */
export const NOBODY_TOLD = "nobody of the provider is told of alerts";

/** One route as Alertmanager reads it. */
interface Route {
  readonly receiver?: string;
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly continue?: boolean;
  readonly active_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
}

type Pace = Required<
  Pick<Route, "group_wait" | "group_interval" | "repeat_interval">
>;

const PROVIDER = "msp";
const DIGEST = "msp-digest";
const DEAD_MAN = "msp-dead-man";
/** For what only drives other rules. */
const NOBODY = "nobody";

const PACE = {
  other: pace("30s", "5m", "4h"),
  // What comes to a group that was told lately waits no longer than a new one:
  // one server that stays down must not delay the news of the next.
  critical: pace("10s", "10s", "1h"),
  // Told within 45 s of its `for`: 30 s until the next evaluation, and these.
  warning: pace("10s", "5m", "6h"),
  // A repetition is due at the next interval only once its time is over: with
  // two equal times every second one would be left out.
  info: pace("10m", "24h", "23h"),
  deadMan: pace("0s", "1m", "4m"),
} as const;

/** The whole file. */
export function alertmanagerConfig(
  settings: OperatorSettings,
  { roots = DEFAULT_ROOTS, hello }: {
    readonly roots?: Roots;
    /** How mail servers are greeted: central's own name. */
    readonly hello: string;
  },
): string {
  const told = settings.customers.filter(({ contacts }) =>
    hasContacts(contacts)
  );
  const config = {
    ...globalPart(settings.provider.smtp, { roots, hello }),
    templates: [`${roots.templates}/*.tmpl`],
    route: rootRoute(told),
    ...timeIntervals(told),
    inhibit_rules: INHIBIT_RULES,
    receivers: receivers(settings, told, roots),
  };
  const note = hasContacts(settings.provider.onCall)
    ? ""
    : `# ${NOBODY_TOLD}: set on_call in config/msp.yml\n`;
  // YAML 1.1, as Alertmanager reads it: 09:00 would be a number.
  const options = {
    version: "1.1",
    lineWidth: 0,
    aliasDuplicateObjects: false,
  } as const;
  return note + stringify(config, options);
}

function globalPart(
  smtp: MailServer | undefined,
  { roots, hello }: { readonly roots: Roots; readonly hello: string },
) {
  if (smtp === undefined) return {};
  const { host, from, user, passwordFile, requireTls } = smtp;
  return {
    global: {
      smtp_smarthost: host,
      smtp_from: from,
      smtp_hello: hello,
      smtp_require_tls: requireTls,
      ...user === undefined ? {} : { smtp_auth_username: user },
      ...passwordFile === undefined
        ? {}
        : { smtp_auth_password_file: `${roots.secrets}/${passwordFile}` },
    },
  };
}

/** Whatever matches nothing goes to the provider, never into a black hole. */
function rootRoute(customers: readonly CustomerSettings[]): Route {
  return {
    receiver: PROVIDER,
    group_by: ["customer_id", "alertname", "environment"],
    ...PACE.other,
    routes: [
      {
        receiver: DEAD_MAN,
        matchers: ['alertname="Watchdog"'],
        group_by: ["alertname"],
        ...PACE.deadMan,
      },
      { receiver: NOBODY, matchers: ['severity="none"'] },
      ...customers.map(customerRoute),
      { matchers: ['severity="critical"'], ...PACE.critical },
      { matchers: ['severity="warning"'], ...PACE.warning },
      {
        receiver: DIGEST,
        matchers: ['severity="info"'],
        group_by: ["severity"],
        ...PACE.info,
      },
    ],
  };
}

/** Of its own servers only, and `continue` tells the provider as well. */
function customerRoute({ id, businessHours }: CustomerSettings): Route {
  return {
    receiver: customerReceiver(id),
    matchers: [
      `customer_id="${id}"`,
      'severity=~"critical|warning"',
      'scope=~"host|relay"',
    ],
    continue: true,
    routes: [
      { matchers: ['severity="critical"'], ...PACE.critical },
      {
        matchers: ['severity="warning"'],
        ...PACE.warning,
        ...businessHours === undefined
          ? {}
          : { active_time_intervals: [hoursName(id)] },
      },
    ],
  };
}

function timeIntervals(customers: readonly CustomerSettings[]) {
  const intervals = customers.flatMap(({ id, businessHours }) =>
    businessHours === undefined
      ? []
      : [{ name: hoursName(id), time_intervals: [interval(businessHours)] }]
  );
  return intervals.length === 0 ? {} : { time_intervals: intervals };
}

function interval(
  { hours, zone }: { readonly hours: WeeklyHours; readonly zone: string },
) {
  return {
    weekdays: hours.days.map(longName),
    times: [{
      start_time: formatClock(hours.startMinute),
      end_time: formatClock(hours.endMinute),
    }],
    location: zone,
  };
}

function receivers(
  { provider }: OperatorSettings,
  customers: readonly CustomerSettings[],
  roots: Roots,
): Receiver[] {
  const { language, onCall, deadManUrl } = provider;
  return [
    receiver(PROVIDER, onCall, { language, audience: "provider" }, roots),
    receiver(DIGEST, onCall, { language, audience: "digest" }, roots),
    {
      name: DEAD_MAN,
      ...deadManUrl === undefined
        ? {}
        : { webhook_configs: [{ url: deadManUrl, send_resolved: false }] },
    },
    { name: NOBODY },
    ...customers.map(({ id, contacts, language }) =>
      receiver(
        customerReceiver(id),
        contacts,
        { language, audience: "customer" },
        roots,
      )
    ),
  ];
}

function customerReceiver(id: string): string {
  return `customer-${id}`;
}

function hoursName(id: string): string {
  return `hours-${id}`;
}

function pace(wait: string, interval: string, repeat: string): Pace {
  return {
    group_wait: wait,
    group_interval: interval,
    repeat_interval: repeat,
  };
}

function longName(day: Day): string {
  const names = [
    ...["monday", "tuesday", "wednesday", "thursday"],
    ...["friday", "saturday", "sunday"],
  ];
  return names[daysAfterMonday(day)] ?? "";
}
