/** config/msp.yml and config/customers/ID.yml: who is told, and when. */
import { oneOf, toggle } from "../../../shared/config_kinds.ts";
import { LANGUAGES } from "../../dashboards/names.ts";
import {
  hostPort,
  mailAddress,
  percent,
  secretName,
  slackChannel,
  timeZone,
  userName,
  webUrl,
  weeklyHours,
} from "./kinds.ts";
import type {
  Contacts,
  CustomerSettings,
  MailServer,
  ProviderSettings,
} from "./settings.ts";
import type { Fields } from "./yaml_file.ts";

const language = oneOf(LANGUAGES);
const threshold = percent({ min: 1, max: 100, example: "90" });
/** 100 would leave no budget to divide by. */
const objective = percent({ min: 1, max: 99.999, example: "99.9" });
const NOBODY: Contacts = { mail: [] };

/** Reads config/msp.yml. */
export function readProvider(fields: Fields): ProviderSettings {
  const smtp = fields.nested("smtp", readMailServer);
  const deadManUrl = fields.nested(
    "dead_man",
    (nested) => nested.required("url", webUrl),
  );
  return {
    language: fields.value("language", language) ?? "ko",
    onCall: fields.nested("on_call", readContacts) ?? NOBODY,
    ...smtp === undefined ? {} : { smtp },
    ...deadManUrl === undefined ? {} : { deadManUrl },
  };
}

/** Reads config/customers/ID.yml; `zone` holds where the file names none. */
export function readCustomer(
  id: string,
  zone: string,
): (fields: Fields) => CustomerSettings {
  return (fields) => {
    const sloTarget = fields.value("slo_target", objective);
    const hours = readBusinessHours(fields, zone);
    return {
      id,
      language: fields.value("language", language) ?? "ko",
      contacts: fields.nested("contacts", readContacts) ?? NOBODY,
      thresholds: fields.nested("thresholds", readThresholds) ?? {},
      ...sloTarget === undefined ? {} : { sloTarget },
      ...hours === undefined ? {} : { businessHours: hours },
    };
  };
}

/** Whether anybody is named. */
export function hasContacts({ mail, slack, webhook }: Contacts): boolean {
  return mail.length > 0 || slack !== undefined || webhook !== undefined;
}

function readContacts(fields: Fields): Contacts {
  const slack = fields.nested("slack", (nested) => {
    const urlFile = nested.required("url_file", secretName);
    const channel = nested.value("channel", slackChannel);
    if (urlFile === undefined) return undefined;
    return channel === undefined ? { urlFile } : { urlFile, channel };
  });
  const webhook = fields.nested("webhook", (nested) => {
    const url = nested.required("url", webUrl);
    const tokenFile = nested.value("token_file", secretName);
    if (url === undefined) return undefined;
    return tokenFile === undefined ? { url } : { url, tokenFile };
  });
  return {
    mail: fields.values("mail", mailAddress),
    ...slack === undefined ? {} : { slack },
    ...webhook === undefined ? {} : { webhook },
  };
}

function readThresholds(fields: Fields): CustomerSettings["thresholds"] {
  const entries = (["cpu", "memory", "disk"] as const)
    .map((kind) => [kind, fields.value(kind, threshold)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function readMailServer(fields: Fields): MailServer | undefined {
  const host = fields.required("host", hostPort);
  const from = fields.required("from", mailAddress);
  const user = fields.value("user", userName);
  const passwordFile = fields.value("password_file", secretName);
  const requireTls = fields.value("require_tls", toggle) ?? true;
  if (passwordFile !== undefined && user === undefined) {
    fields.complain("password_file", "needs a user", "write user: NAME");
  }
  if (passwordFile !== undefined && !requireTls) {
    fields.complain(
      "require_tls",
      "is false, and the password would travel in clear",
      "remove require_tls, or user and password_file",
    );
  }
  if (host === undefined || from === undefined) return undefined;
  return {
    host,
    from,
    requireTls,
    ...user === undefined ? {} : { user },
    ...passwordFile === undefined ? {} : { passwordFile },
  };
}

function readBusinessHours(
  fields: Fields,
  zone: string,
): CustomerSettings["businessHours"] {
  const own = fields.value("zone", timeZone) ?? zone;
  const hours = fields.value("business_hours", weeklyHours);
  if (hours === undefined) return undefined;
  if (hours.endMinute <= hours.startMinute) {
    fields.complain(
      "business_hours",
      "ends before it starts",
      "for example mon-fri 09:00-18:00",
    );
  }
  return { hours, zone: own };
}
