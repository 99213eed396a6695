/** Layers of `check` above the connection: token, acceptance, clock, storage. */
import {
  isUnanswered,
  type PushFault,
  verdictOf,
} from "../../shared/remote_write/push_verdict.ts";
import {
  bad,
  type CheckContext,
  CONNECT_TIMEOUT_MS,
  good,
  type Layer,
  type LayerResult,
} from "./layer.ts";
import { askReceipt, type Receipt } from "./receipt.ts";

/** Time between two questions for the receipt, ms. */
const RECEIPT_POLL_MS = 500;
/** A clock that is further off makes samples look late or early, s. */
const MAX_CLOCK_OFFSET_SECONDS = 60;

/** The first of them sends; the others look at what became of it. */
export function deliveryLayers(check: CheckContext): Layer[] {
  const layers: [string, Layer["run"]][] = [
    ["auth", () => checkAuth(check)],
    ["accepted", () => checkAccepted(check)],
    ["clock", () => checkClock(check)],
    ["stored", () => checkStored(check)],
  ];
  return layers.map(([name, run]) => ({ name, needsNetwork: true, run }));
}

async function checkAuth(check: CheckContext): Promise<LayerResult> {
  const { config, destination, body } = check;
  if (destination === undefined || body === undefined) return nothingSent();
  const outcome = await destination.push(body, {
    encoding: "snappy",
    attempt: 1,
  });
  check.outcome = outcome;
  const token = config.tokenFile === undefined
    ? "a request without a token"
    : "the token";
  const { kind } = outcome;
  if (kind === "delivered") return good(`${token} is accepted`);
  if (kind === "aborted") return nothingSent();
  // Who did not answer has not judged the token either.
  if (isUnanswered(outcome)) return faultOf(outcome);
  switch (outcome.code) {
    case "401":
      return faultOf(outcome, `${token} is refused: `);
    case "403":
      return faultOf(outcome, "this sender is refused: ");
    default:
      return good(`${token} is not refused`);
  }
}

function checkAccepted({ outcome, body }: CheckContext): LayerResult {
  if (outcome === undefined || outcome.kind === "aborted") return nothingSent();
  return outcome.kind === "delivered"
    ? good(`${body?.length ?? 0} bytes, status ${outcome.status}`)
    : faultOf(outcome);
}

function faultOf(fault: PushFault, before = ""): LayerResult {
  const { exitCode, hint } = verdictOf(fault);
  return bad(exitCode, before + fault.message, hint);
}

function checkClock({ outcome, clock }: CheckContext): LayerResult {
  if (outcome?.kind !== "delivered" || outcome.serverTimeMs === undefined) {
    return good("the receiver does not tell its time");
  }
  const offset = (clock.nowMs() - outcome.serverTimeMs) / 1000;
  const detail = `${offset.toFixed(1)} s against the receiver`;
  if (Math.abs(offset) <= MAX_CLOCK_OFFSET_SECONDS) return good(detail);
  return bad(
    27,
    detail,
    "Set this machine's clock: run `timedatectl set-ntp true`",
  );
}

async function checkStored(check: CheckContext): Promise<LayerResult> {
  const { clock, config } = check;
  const endMs = clock.monotonicMs() + config.waitMs;
  for (;;) {
    const receipt = await ask(check);
    const late = clock.monotonicMs() >= endMs;
    if (receipt.kind === "stored") return judgeLabels(check, receipt.labels);
    if (receipt.kind === "spooled" && (receipt.forwarded || late)) {
      check.delivery = receipt.forwarded ? "forwarded" : "spooled";
      return good(
        receipt.forwarded
          ? "the relay has forwarded it"
          : "the relay has it on disk and will forward it",
      );
    }
    if (receipt.kind === "unknown" || late) return notStored(receipt);
    await clock.sleep(RECEIPT_POLL_MS);
  }
}

function ask({ config, destination, id }: CheckContext): Promise<Receipt> {
  if (destination === undefined) {
    return Promise.resolve({ kind: "unknown", why: "nothing was sent" });
  }
  return askReceipt({
    fetch: destination.fetch,
    pushUrl: config.pushUrl,
    token: destination.token()?.reveal(),
    id,
    signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
  });
}

/** A receiver that stores under other labels would show the data to others. */
function judgeLabels(
  check: CheckContext,
  labels: Readonly<Record<string, string>>,
): LayerResult {
  const { identity } = check.config;
  const sent = [
    ["customer_id", identity.customerId],
    ["server_name", identity.serverName],
  ] as const;
  for (const [name, value] of sent) {
    if (labels[name] === value) continue;
    return bad(
      26,
      `stored with ${name}="${labels[name] ?? ""}" instead of "${value}"`,
      `Use the token that belongs to customer "${identity.customerId}"`,
    );
  }
  check.delivery = "stored";
  return good("read back with the labels that were sent");
}

function notStored(receipt: Receipt): LayerResult {
  return bad(
    26,
    receipt.kind === "unknown"
      ? `cannot be proved: ${receipt.why}`
      : "accepted, but it cannot be read back",
    "Ask the operator of central whether samples of this server arrive",
  );
}

function nothingSent(): LayerResult {
  return bad(1, "nothing was sent", "Check the layers above");
}
