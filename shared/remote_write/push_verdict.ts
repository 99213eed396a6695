/**
 * What the `check` of both programs says of a request that was not delivered:
 * its exit code and what a person does about it. Exit codes: ARCHITECTURE.md,
 * "Names that others rely on".
 */
import type { PushOutcome } from "./push_outcome.ts";

/** An outcome that names a fault. */
export type PushFault = Exclude<
  PushOutcome,
  { kind: "delivered" | "aborted" }
>;

/** What a fault comes to. */
export interface PushVerdict {
  readonly exitCode: number;
  /** One imperative sentence. */
  readonly hint: string;
}

const REFUSED_TOKEN: PushVerdict = {
  exitCode: 23,
  hint: "Ask the operator of central for this customer's write token, and " +
    "write it to the file named by --token-file",
};
const WRONG_ADDRESS: PushVerdict = {
  exitCode: 24,
  hint: "Mend the path of the URL: central takes /api/v1/write, a relay " +
    "/api/v1/metrics/write",
};

/** By the code of the outcome, where that alone decides. */
const BY_CODE: Readonly<Record<string, PushVerdict>> = {
  dns: {
    exitCode: 20,
    hint: "Mend /etc/resolv.conf or the name in the URL",
  },
  connect: {
    exitCode: 21,
    hint: "Start the receiver, open the port in the firewalls between, or " +
      "mend host and port of the URL, or a proxy in HTTPS_PROXY",
  },
  tls: {
    exitCode: 22,
    hint: "Name the CA that signed the receiver's certificate with --ca-file",
  },
  reset: {
    exitCode: 21,
    hint: "Check again in a minute; then look for a proxy or a firewall that " +
      "cuts the connection",
  },
  timeout: {
    exitCode: 21,
    hint:
      "Check again in a minute; the receiver is busy, restarting or cut off",
  },
  http: {
    exitCode: 24,
    hint: "Mend scheme, host and port of the URL: what answers there is no " +
      "receiver of ours",
  },
  401: REFUSED_TOKEN,
  // A wrong token, but also a relay's --allow-from, or http where https is on.
  403: {
    exitCode: 23,
    hint:
      "Do what the answer says; if it gives no reason, ask the operator of " +
      "central for this customer's write token (--token-file)",
  },
  407: {
    exitCode: 24,
    hint: "Write the proxy's user and password into HTTPS_PROXY",
  },
};

/** Whether no HTTP answer came, so that nothing was judged. */
export function isUnanswered({ code }: PushFault): boolean {
  return ["dns", "connect", "tls", "reset", "timeout"].includes(code);
}

/** Exit code and remedy. */
export function verdictOf(fault: PushFault): PushVerdict {
  const known = BY_CODE[fault.code];
  if (known !== undefined) return known;
  switch (fault.kind) {
    case "retry":
      return {
        exitCode: 25,
        hint:
          "Check again in a minute; the receiver is busy, restarting or cut off",
      };
    case "hold":
      return WRONG_ADDRESS;
    default:
      return {
        exitCode: 24,
        hint: "Report this answer with the version of this program",
      };
  }
}
