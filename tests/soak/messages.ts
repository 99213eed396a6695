/** The people of a soak: they keep every message that they get. */
import type { OperatorSettings } from "../../deploy/mspctl/operators/settings.ts";
import { type Hook, HookSink } from "../support/alerting/hook_sink.ts";
import { operatorSettings } from "../support/alerting/settings.ts";

/** An alert in a message to one reader. */
export interface Told {
  /** `provider` or `customer`. */
  readonly reader: string;
  /** When the message came. */
  readonly atMs: number;
  readonly isFiring: boolean;
  /** The alert began to fire then: equal in all messages of one episode. */
  readonly startsMs: number;
  readonly alert: string;
  /** The empty one for alerts that are about no server. */
  readonly server: string;
  /** Why samples were dropped, an alert each; the empty one for other alerts. */
  readonly reason: string;
}

/** What a webhook of Alertmanager says, as far as it is judged. */
interface WebhookBody {
  readonly alerts: readonly {
    readonly status: "firing" | "resolved";
    readonly labels: Readonly<Record<string, string>>;
    readonly startsAt: string;
  }[];
}

/** Who is told: the provider and its one customer. */
export const READERS = ["provider", "customer"] as const;

/** Takes the messages. */
export class Messages implements AsyncDisposable {
  readonly #sink = new HookSink();

  /** Settings by which the messages come here. */
  settings(customer: string): OperatorSettings {
    const contacts = (reader: typeof READERS[number]) => ({
      mail: [],
      webhook: { url: `${this.#sink.url}/${reader}` },
    });
    return operatorSettings({
      provider: { language: "en", onCall: contacts("provider") },
      customers: [{
        id: customer,
        language: "en",
        contacts: contacts("customer"),
        thresholds: {},
      }],
    });
  }

  /** Everything that was said until then, in order. */
  told(untilMs: number): Told[] {
    return READERS.flatMap((reader) =>
      this.#sink.at(`/${reader}`).flatMap((hook) => toldBy(hook, reader))
    ).filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }
}

function toldBy({ body, atMs }: Hook, reader: string): Told[] {
  return (body as WebhookBody).alerts.map(({ status, labels, startsAt }) => ({
    reader,
    atMs,
    isFiring: status === "firing",
    startsMs: Date.parse(startsAt),
    alert: labels["alertname"] ?? "",
    server: labels["server_name"] ?? "",
    reason: labels["reason"] ?? "",
  }));
}
