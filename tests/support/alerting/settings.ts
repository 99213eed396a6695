/** Operators' settings for tests of notifications. */
import type {
  CustomerSettings,
  OperatorSettings,
  ProviderSettings,
} from "../../../deploy/mspctl/operators/settings.ts";

/** Settings with nothing set but what is given. */
export function operatorSettings(
  given: Partial<OperatorSettings> = {},
): OperatorSettings {
  return {
    provider: { language: "ko", onCall: { mail: [] } },
    customers: [],
    maintenance: [],
    holidays: [],
    retired: [],
    ...given,
  };
}

/** The provider with one address, by a mail server without TLS. */
export function providerByMail(host: string): ProviderSettings {
  return {
    language: "ko",
    onCall: { mail: ["oncall@msp.example"] },
    smtp: { host, from: "alerts@msp.example", requireTls: false },
  };
}

/** A customer with the address `ops@ID.example`. */
export function customerByMail(
  id: string,
  language: "ko" | "en" = "ko",
): CustomerSettings {
  return {
    id,
    language,
    contacts: { mail: [`ops@${id}.example`] },
    thresholds: {},
  };
}
