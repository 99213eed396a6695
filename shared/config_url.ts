/** The URLs that metrics are pushed to, and what may travel to them unencrypted. */
import { accept, type Kind, type Parsed, reject } from "./config_kinds.ts";
import { type Problem, shown } from "./config_text.ts";
import { sanitizeUrl } from "./secret.ts";

/** Path of the centre's remote_write. */
const CENTRAL_PATH = "/api/v1/write";
/** Path of a relay's remote_write. */
const RELAY_PATH = "/api/v1/metrics/write";

/** What is special about one of the two URLs. */
interface PushUrlRules {
  readonly path: string;
  readonly otherPath: string;
  /** What {@linkcode otherPath} in this URL most likely means. */
  readonly otherWhat: string;
  readonly otherHint: string;
  readonly defaultScheme: string;
  /** Whether a URL without a path gets {@linkcode path}. */
  readonly addPath: boolean;
  /** Port that has to be written out. */
  readonly port?: string;
  readonly example: string;
  readonly placeholderHint: string;
}

/** The centre's URL: ends in `/api/v1/write`. */
export const centralUrl: Kind<string> = pushUrl({
  path: CENTRAL_PATH,
  otherPath: RELAY_PATH,
  otherWhat: "has the path of a relay",
  otherHint: "or give it as --relay-url with --mode=relay-agent",
  defaultScheme: "https",
  addPath: false,
  example: "https://metrics.example/api/v1/write",
  placeholderHint: "put the centre's host name, for example metrics.example",
});

/** A relay's URL: port written out; a missing path is added. */
export const relayUrl: Kind<string> = pushUrl({
  path: RELAY_PATH,
  otherPath: CENTRAL_PATH,
  otherWhat: "has the path of the centre",
  otherHint: "or give it as --remote-write-url with --mode=direct",
  defaultScheme: "http",
  addPath: true,
  port: "9999",
  example: "http://10.0.1.5:9999/api/v1/metrics/write",
  placeholderHint: "put the relay's internal IP, for example 10.0.1.5",
});

/** How far a request to this URL travels without encryption. */
export type PlainReach = "none" | "loopback" | "private" | "public";

/** Judges a checked URL. A DNS name counts as public: it may move anywhere. */
export function plainReach(url: string): PlainReach {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:") return "none";
  if (hostname === "localhost" || hostname === "[::1]") return "loopback";
  if (/^\[f[cd][0-9a-f]{2}:/.test(hostname)) return "private";
  // The URL parser has turned every spelling of an IPv4 address into this one.
  const address = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname);
  if (address === null) return "public";
  const a = Number(address[1]);
  const b = Number(address[2]);
  if (a === 127) return "loopback";
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127);
  return isPrivate ? "private" : "public";
}

/** The verdict on plain http: nothing, a warning, or a reason to stop. */
export function judgePlainHttp(
  url: string,
  given: { readonly hasToken: boolean; readonly insecureHttp: boolean },
): { readonly problem?: Problem; readonly warning?: string } {
  const reach = plainReach(url);
  if (reach === "none" || reach === "loopback") return {};
  const load = given.hasToken ? "token and metrics" : "metrics";
  const { hostname } = new URL(url);
  if (reach === "private") {
    return {
      warning: `${load} travel unencrypted to ${hostname} (private network)`,
    };
  }
  if (given.insecureHttp) {
    return { warning: `${load} travel unencrypted to ${hostname}` };
  }
  return {
    problem: {
      what: `${load} would travel unencrypted to ${hostname}`,
      hint: "use https://, or add --insecure-http if this is accepted",
    },
  };
}

function pushUrl(rules: PushUrlRules): Kind<string> {
  return {
    placeholder: "URL",
    example: rules.example,
    mask: sanitizeUrl,
    parse(text) {
      return formProblem(text, rules) ?? checkUrl(text, rules);
    },
  };
}

/** What is wrong before the text can be read as a URL at all. */
function formProblem(
  text: string,
  rules: PushUrlRules,
): Parsed<never> | undefined {
  const placeholder = /<[^>]*>?|\[(?![0-9A-Fa-f:.]+\])[^\]]*\]?|\$\{?\w+\}?/
    .exec(text)?.[0];
  if (placeholder !== undefined) {
    return reject(
      `still holds a placeholder: ${shown(placeholder)}`,
      rules.placeholderHint,
    );
  }
  if (/\s/.test(text)) return reject("holds a space", "remove it");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined || !/^https?$/i.test(scheme)) {
    const what = scheme === undefined
      ? "has no http:// or https://"
      : `has the scheme "${scheme}"`;
    return reject(what, `write ${corrected(text, rules)}`);
  }
  return undefined;
}

function checkUrl(text: string, rules: PushUrlRules): Parsed<string> {
  const [, authority = "", rest = ""] =
    /^https?:\/\/([^/?#\\]*)(.*)$/i.exec(text) ?? [];
  if (authority.includes("@")) {
    return reject(
      "holds a user name or password",
      "remove it and give a token with --token-file",
    );
  }
  const port = /:([^:\]]*)$/.exec(authority)?.[1];
  const host = port === undefined
    ? authority
    : authority.slice(0, -port.length - 1);
  return hostProblem(host, port, rules) ??
    tailProblem(rest) ??
    checkPath(text, { host, port, rules });
}

function hostProblem(
  host: string,
  port: string | undefined,
  rules: PushUrlRules,
): Parsed<never> | undefined {
  if (host === "") {
    return reject("names no host", `for example ${rules.example}`);
  }
  if (/[^ -~]/.test(host)) {
    return reject(
      "has a host name that is not ASCII",
      "write the host name in its xn-- form or its address",
    );
  }
  if (host.endsWith(".")) {
    return reject("has a host name that ends in a dot", "remove the dot");
  }
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || !inPortRange(port))) {
    return reject(
      `has the port ${shown(port)}`,
      "a port is a number from 1 to 65535",
    );
  }
  return URL.canParse(`http://${host}/`)
    ? undefined
    : reject(`has the host ${shown(host)}`, `for example ${rules.example}`);
}

function tailProblem(rest: string): Parsed<never> | undefined {
  if (rest.includes("\\")) {
    return reject("holds a backslash", "write / instead");
  }
  if (rest.includes("?")) {
    return reject("holds a query", 'remove it from the "?" on');
  }
  if (rest.includes("#")) {
    return reject("holds a fragment", 'remove it from the "#" on');
  }
  return undefined;
}

function checkPath(
  text: string,
  { host, port, rules }: {
    host: string;
    port: string | undefined;
    rules: PushUrlRules;
  },
): Parsed<string> {
  const url = new URL(text);
  const origin = `${url.protocol}//${host}:${port ?? rules.port}`;
  if (port === undefined && rules.port !== undefined) {
    return reject("has no port", `write ${origin}${rules.path}`);
  }
  if (url.pathname === "/" && rules.addPath) url.pathname = rules.path;
  if (url.pathname.endsWith(rules.path)) return accept(url.href);
  const right = corrected(text, rules);
  if (url.pathname === "/") {
    return reject("has no path", `did you mean ${right}?`);
  }
  return url.pathname.endsWith(rules.otherPath)
    ? reject(rules.otherWhat, `write ${right}, ${rules.otherHint}`)
    : reject(`ends in ${shown(url.pathname)}`, `write ${right}`);
}

/** The URL that was most likely meant: scheme and host as given, fixed path. */
function corrected(text: string, rules: PushUrlRules): string {
  const scheme = /^(https?):\/\//i.exec(text)?.[1]?.toLowerCase() ??
    rules.defaultScheme;
  const bare = sanitizeUrl(text).replace(
    /^([A-Za-z][A-Za-z0-9+.-]*:)?\/\//,
    "",
  );
  const host = bare.split("/", 1)[0] ?? "";
  const port = rules.port !== undefined && !/:\d+$/.test(host)
    ? `:${rules.port}`
    : "";
  return `${scheme}://${host}${port}${rules.path}`;
}

function inPortRange(port: string): boolean {
  return Number(port) >= 1 && Number(port) <= 65_535;
}
