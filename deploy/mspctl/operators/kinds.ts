/** The kinds of values in operators' files that flags do not have. */
import { accept, type Kind, reject } from "../../../shared/config_kinds.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
/** A day of the week. */
export type Day = typeof DAYS[number];

/** Hours that come back each week. Minutes count from midnight. */
export interface WeeklyHours {
  /** In the order of the week, from the first one named. */
  readonly days: readonly Day[];
  readonly startMinute: number;
  /** Not above the start when the hours end on the next day; 1440 at most. */
  readonly endMinute: number;
}

/** How many days after Monday. */
export function daysAfterMonday(day: Day): number {
  return DAYS.indexOf(day);
}

/** `90` or `90%`; the value is the share, 0.9. */
export function percent(
  { min, max, example }: {
    readonly min: number;
    readonly max: number;
    readonly example: string;
  },
): Kind<number> {
  return {
    placeholder: "PERCENT",
    example,
    parse(text) {
      if (!/^\d{1,3}(\.\d{1,6})?\s?%?$/.test(text)) {
        return reject("is no percentage", `for example ${example}`);
      }
      const value = Number.parseFloat(text);
      if (value < min || value > max) {
        const hint = value > 0 && value < 1
          ? `write percent: ${round(value * 100)}`
          : `write ${min} to ${max}`;
        return reject(`is not between ${min} and ${max} percent`, hint);
      }
      return accept(round(value / 100));
    },
  };
}

/** One mail address, without a name. */
export const mailAddress: Kind<string> = {
  placeholder: "ADDRESS",
  example: "ops@customer.example",
  parse(text) {
    const isAddress =
      /^[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/
        .test(text);
    return isAddress && text.length <= 254
      ? accept(text)
      : reject("is no mail address", "for example ops@customer.example");
  },
};

/** Where messages are posted. Secrets do not belong into it. */
export const webUrl: Kind<string> = {
  placeholder: "URL",
  example: "https://hooks.example/alerts",
  // Braces would be a template to Alertmanager.
  parse(text) {
    if (!/^https?:\/\/[^\s{}<>"\\]+$/.test(text) || !URL.canParse(text)) {
      return reject(
        "is no address",
        "for example https://hooks.example/alerts",
      );
    }
    const { username, password } = new URL(text);
    if (username === "" && password === "") return accept(text);
    return reject(
      "holds a user or a password",
      "put a token into a file below secrets/notify and name it in token_file",
    );
  },
  mask: (text) => text.replace(/\/\/[^/@]*@/, "//…@"),
};

/** A mail server with its port. */
export const hostPort: Kind<string> = {
  placeholder: "HOST:PORT",
  example: "smtp.example:587",
  parse(text) {
    const port = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})$/.exec(text)
      ?.[2];
    return port !== undefined && Number(port) > 0 && Number(port) <= 65_535
      ? accept(text)
      : reject("is no host with a port", "for example smtp.example:587");
  },
};

/** A file below secrets/notify, by its name alone. */
export const secretName: Kind<string> = {
  placeholder: "NAME",
  example: "slack-kt",
  parse(text) {
    if (/^https?:/.test(text)) {
      return reject(
        "is an address, and who knows it can post there",
        "put it into a file below secrets/notify and write the file's name",
      );
    }
    return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(text)
      ? accept(text)
      : reject(
        "is no name of a file",
        "name a file below secrets/notify, for example slack-kt",
      );
  },
  // It may be the secret itself, written into the wrong place.
  mask: (text) => /^https?:/.test(text) ? "https://…" : text,
};

/** A channel of Slack, by name or id. */
export const slackChannel: Kind<string> = {
  placeholder: "CHANNEL",
  example: '"#alerts"',
  parse: (text) =>
    /^#?[\p{L}\p{N}._-]{1,80}$/u.test(text)
      ? accept(text)
      : reject("is no channel", 'for example "#alerts", in quotes'),
};

/** A user's name towards a mail server. */
export const userName: Kind<string> = {
  placeholder: "USER",
  example: "alerts@msp.example",
  parse: (text) =>
    /^[^\s{}"\\]{1,200}$/.test(text)
      ? accept(text)
      : reject("is no user name", "for example alerts@msp.example"),
};

/** A time zone of the IANA's list. */
export const timeZone: Kind<string> = {
  placeholder: "ZONE",
  example: "Asia/Seoul",
  parse(text) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: text });
      // It also takes `+09:00`, which vmalert and Alertmanager do not.
      if (/^[A-Za-z_]+(\/[A-Za-z_+0-9-]+)*$/.test(text)) return accept(text);
    } catch {
      // Not known.
    }
    return reject("is no time zone", "for example Asia/Seoul or UTC");
  },
};

/** Free text of one line. */
export const oneLine: Kind<string> = {
  placeholder: "TEXT",
  example: "disk replacement",
  parse: (text) =>
    text.length <= 200
      ? accept(text)
      : reject(`is ${text.length} characters long`, "use at most 200"),
};

/** Name of a maintenance window. */
export const windowId: Kind<string> = {
  placeholder: "ID",
  example: "kt-2026-12-01",
  parse: (text) =>
    /^[a-z0-9][a-z0-9-]{0,62}$/.test(text) ? accept(text) : reject(
      "may hold only a-z, 0-9 and -, and starts with a letter or digit",
      "for example kt-2026-12-01",
    ),
};

/** `sun 02:00-04:00`, `mon-fri 09:00-18:00`; over midnight `sat 23:00-01:00`. */
export const weeklyHours: Kind<WeeklyHours> = {
  placeholder: "HOURS",
  example: "sun 02:00-04:00",
  parse(text) {
    const hint = "for example sun 02:00-04:00 or mon-fri 09:00-18:00";
    const match = /^([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d) ?- ?(\d\d:\d\d)$/i
      .exec(text);
    if (match === null) return reject("is no day with hours", hint);
    const [, first = "", last = first, from = "", to = ""] = match;
    const days = daysBetween(first.toLowerCase(), last.toLowerCase());
    const startMinute = minutesOf(from);
    const endMinute = minutesOf(to);
    if (days === undefined) {
      return reject("has no day of the week", `days are ${DAYS.join(", ")}`);
    }
    if (Number.isNaN(startMinute + endMinute) || startMinute === 1440) {
      return reject("has no time of day", "write 00:00 to 24:00");
    }
    if (startMinute === endMinute) {
      return reject("ends when it starts", "for the whole day: 00:00-24:00");
    }
    return accept({ days, startMinute, endMinute });
  },
};

/** The hours as {@linkcode weeklyHours} reads them. */
export function formatWeeklyHours(
  { days, startMinute, endMinute }: WeeklyHours,
): string {
  const [first, last] = [days.at(0), days.at(-1)];
  const named = first === last ? first : `${first}-${last}`;
  return `${named} ${formatClock(startMinute)}-${formatClock(endMinute)}`;
}

/** `09:00`; 24:00 is the end of the day. */
export function formatClock(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function daysBetween(first: string, last: string): Day[] | undefined {
  const known: readonly string[] = DAYS;
  const [from, to] = [known.indexOf(first), known.indexOf(last)];
  if (from === -1 || to === -1) return undefined;
  const count = (to - from + 7) % 7 + 1;
  return Array.from({ length: count }, (_, i) => DAYS[(from + i) % 7] ?? "mon");
}

function minutesOf(text: string): number {
  const [hours = NaN, minutes = NaN] = text.split(":").map(Number);
  const total = hours * 60 + minutes;
  return minutes < 60 && total <= 1440 ? total : NaN;
}

/** Without the binary tail of a division. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
