/** What operators have set, checked: the types that everything else is made of. */
import type { Language } from "../../dashboards/names.ts";
import type { ThresholdKind } from "../../rules/thresholds.ts";
import type { WeeklyHours } from "./kinds.ts";

/** Where messages go. */
export interface Contacts {
  readonly mail: readonly string[];
  readonly slack?: {
    /** File below secrets/notify with the address of the incoming webhook. */
    readonly urlFile: string;
    readonly channel?: string;
  };
  readonly webhook?: {
    readonly url: string;
    /** File below secrets/notify with a bearer token. */
    readonly tokenFile?: string;
  };
}

/** The mail server. */
export interface MailServer {
  readonly host: string;
  readonly from: string;
  readonly user?: string;
  /** File below secrets/notify. */
  readonly passwordFile?: string;
  readonly requireTls: boolean;
}

/** config/msp.yml: the provider itself. */
export interface ProviderSettings {
  readonly language: Language;
  readonly onCall: Contacts;
  readonly smtp?: MailServer;
  /** Gets a message every 5 minutes; its silence means that central is gone. */
  readonly deadManUrl?: string;
}

/** config/customers/ID.yml. */
export interface CustomerSettings {
  readonly id: string;
  readonly language: Language;
  readonly contacts: Contacts;
  /** Used shares, 0 to 1, from which alerts begin. */
  readonly thresholds: Readonly<Partial<Record<ThresholdKind, number>>>;
  /** Promised availability, 0 to 1. */
  readonly sloTarget?: number;
  /** Warnings outside of these wait; critical alerts do not. */
  readonly businessHours?: {
    readonly hours: WeeklyHours;
    readonly zone: string;
  };
}

/** One window of config/maintenance.yml. Times in seconds since 1970. */
export interface MaintenanceWindow {
  readonly id: string;
  readonly customer: string;
  /** Empty for the whole customer. */
  readonly servers: readonly string[];
  /** Comes back each week within start and end, in `zone`. */
  readonly weekly?: WeeklyHours;
  readonly zone: string;
  readonly startSeconds?: number;
  readonly endSeconds?: number;
  readonly reason: string;
}

/** Days of config/holidays.yml. Times in seconds since 1970. */
export interface Holiday {
  readonly name: string;
  readonly startSeconds: number;
  /** Midnight after the last day. */
  readonly endSeconds: number;
}

/** A server that config/retired.yml names. */
export interface RetiredServer {
  readonly customer: string;
  readonly server: string;
  /** ISO 8601. */
  readonly since: string;
  /** When it was taken back; it is retired no longer. */
  readonly until?: string;
}

/** All files together. */
export interface OperatorSettings {
  readonly provider: ProviderSettings;
  /** Sorted by id. */
  readonly customers: readonly CustomerSettings[];
  readonly maintenance: readonly MaintenanceWindow[];
  readonly holidays: readonly Holiday[];
  readonly retired: readonly RetiredServer[];
}
