/** Receivers of Alertmanager: who is told by which way, and in which words. */
import type { Language } from "../../dashboards/names.ts";
import { DEFAULT_ROOTS, type Roots } from "./roots.ts";
import type { Contacts } from "../operators/settings.ts";

/** Whose words: the provider's have links, the customer's have none. */
export type Audience = "provider" | "customer" | "digest";

/** One receiver as Alertmanager reads it. */
export interface Receiver {
  readonly name: string;
  readonly email_configs?: readonly Record<string, unknown>[];
  readonly slack_configs?: readonly Record<string, unknown>[];
  readonly webhook_configs?: readonly Record<string, unknown>[];
}

/** How a receiver's messages are written. */
export interface Wording {
  readonly language: Language;
  readonly audience: Audience;
}

/** A receiver that tells all of the contacts. */
export function receiver(
  name: string,
  contacts: Contacts,
  { language, audience }: Wording,
  { secrets }: Roots = DEFAULT_ROOTS,
): Receiver {
  // A digest lists what is there; what ended since is no news.
  const send_resolved = audience !== "digest";
  const text = (part: string) =>
    `{{ template "msp.${language}.${audience}.${part}" . }}`;
  const { mail, slack, webhook } = contacts;
  return {
    name,
    ...mail.length === 0 ? {} : {
      email_configs: [{
        to: mail.join(", "),
        send_resolved,
        headers: { Subject: text("subject") },
        html: text("html"),
        text: text("text"),
      }],
    },
    ...slack === undefined ? {} : {
      slack_configs: [{
        api_url_file: `${secrets}/${slack.urlFile}`,
        ...slack.channel === undefined ? {} : { channel: slack.channel },
        send_resolved,
        title: text("slack_title"),
        title_link: "",
        fallback: text("slack_title"),
        text: text("slack"),
      }],
    },
    ...webhook === undefined ? {} : {
      webhook_configs: [{
        url: webhook.url,
        send_resolved,
        ...webhook.tokenFile === undefined ? {} : {
          http_config: {
            authorization: {
              credentials_file: `${secrets}/${webhook.tokenFile}`,
            },
          },
        },
      }],
    },
  };
}
