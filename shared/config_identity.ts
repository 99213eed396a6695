/** What the five identity labels may hold. Source: spec of the installer's flags. */
import {
  accept,
  type Kind,
  oneOf,
  type Parsed,
  reject,
} from "./config_kinds.ts";
import { optional, withDefault } from "./config_fields.ts";
import { nearest } from "./nearest.ts";

const CSPS = ["kt", "naver", "nhn", "aws", "onprem"] as const;

/** Whose server it is: lower case, digits and hyphens, at most 63. */
export const customerId: Kind<string> = name({
  placeholder: "ID",
  example: "kt-cloud",
  maxChars: 63,
  allowed: /^[a-z0-9-]*$/,
  allowedText: "a-z, 0-9 and -",
  suggest: (text) => slug(text.toLowerCase(), /[^a-z0-9-]+/g),
});

/** The server's name within its customer, at most 128. */
export const serverName: Kind<string> = name({
  placeholder: "NAME",
  example: "web-01",
  maxChars: 128,
  allowed: /^[A-Za-z0-9._-]*$/,
  allowedText: "letters, digits, . _ -",
  // A name that is mostly lost, such as a Korean one, suggests nothing.
  suggest: (text) => /[^ -~]/.test(text) ? "" : slug(text, /[^A-Za-z0-9._-]+/g),
});

/** Region of the provider, at most 32. */
export const region: Kind<string> = name({
  placeholder: "REGION",
  example: "kc1",
  maxChars: 32,
  allowed: /^[a-z0-9-]*$/,
  allowedText: "a-z, 0-9 and -",
  mayEndInHyphen: true,
  suggest: () => "kc1, ap-northeast-2, kr",
});

/** What a server is for beside its customer's work; the gateway has `relay`. */
export const role: Kind<string> = name({
  placeholder: "ROLE",
  example: "relay",
  maxChars: 32,
  allowed: /^[a-z0-9-]*$/,
  allowedText: "a-z, 0-9 and -",
  suggest: () => "relay",
});

/** The stage a server belongs to. */
export const environment: Kind<string> = oneOf(
  ["prod", "staging", "test", "dev"],
  { production: "did you mean prod? choose one: prod, staging, test, dev" },
);

/** The provider: one of the known ones, or `x-` and a name. */
export const csp: Kind<string> = {
  placeholder: "CSP",
  example: "kt",
  parse(text) {
    const known: readonly string[] = CSPS;
    if (known.includes(text) || /^x-[a-z0-9][a-z0-9-]{0,30}$/.test(text)) {
      return accept(text);
    }
    const near = nearest(text.toLowerCase(), CSPS);
    const other = slug(text.toLowerCase().replace(/^x-/, ""), /[^a-z0-9-]+/g);
    return reject(
      "is not known",
      `${near === undefined ? "" : `did you mean ${near}? `}` +
        `choose one: ${CSPS.join(", ")}; ` +
        `for another provider write x-${other.slice(0, 31) || "name"}`,
    );
  },
};

/** The identity as settings, with the names that the first product used. */
export const identityFields = {
  customerId: optional(customerId, {
    help: "Whose server this is",
    alsoEnv: ["CUSTOMER_ID"],
  }),
  serverName: optional(serverName, {
    help: "Name of this server, unique for the customer",
    alsoEnv: ["SERVER_NAME"],
  }),
  csp: optional(csp, {
    help: `Provider: ${CSPS.join(", ")} or x-NAME`,
    alsoEnv: ["CSP"],
  }),
  region: optional(region, {
    help: "Region of the provider",
    alsoEnv: ["REGION"],
  }),
  environment: withDefault(environment, {
    default: "prod",
    help: "Stage of this server",
    alsoEnv: ["ENVIRONMENT"],
  }),
} as const;

interface NameRules {
  readonly placeholder: string;
  readonly example: string;
  readonly maxChars: number;
  readonly allowed: RegExp;
  readonly allowedText: string;
  readonly mayEndInHyphen?: boolean;
  /** What the text may have been meant to be; empty when nobody can tell. */
  readonly suggest: (text: string) => string;
}

function name(rules: NameRules): Kind<string> {
  const { placeholder, example, maxChars } = rules;
  return {
    placeholder,
    example,
    parse(text): Parsed<string> {
      if (text.length > maxChars) {
        return reject(
          `is ${text.length} characters long`,
          `use at most ${maxChars} characters`,
        );
      }
      const hint = `for example ${rules.suggest(text) || example}`;
      if (!rules.allowed.test(text)) {
        return reject(`may hold only ${rules.allowedText}`, hint);
      }
      const last = rules.mayEndInHyphen ? text.at(0) : text.at(-1);
      if (!isAlphanumeric(text.at(0)) || !isAlphanumeric(last)) {
        const ends = rules.mayEndInHyphen ? "start" : "start and end";
        return reject(`must ${ends} with a letter or digit`, hint);
      }
      return accept(text);
    },
  };
}

function isAlphanumeric(char: string | undefined): boolean {
  return char !== undefined && /^[A-Za-z0-9]$/.test(char);
}

/** The text with every run of other characters as one hyphen, none at the ends. */
function slug(text: string, others: RegExp): string {
  return text.replace(others, "-").replace(
    /^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g,
    "",
  );
}
