/** remote_write 1.0 and vmagent's zstd form of it. 204 means: it is on disk. */
import { type Context, Hono } from "hono";
import { AppError } from "../../shared/errors.ts";
import type { AppDeps, SpoolIntake } from "../app_deps.ts";
import { SMALL_BODY_BYTES } from "../body_reader.ts";
import type { CheckedBody } from "../codec.ts";
import { inspectContent, type InspectResult } from "../inspect.ts";
import type { Refuser, RelayEnv } from "../middleware/errors.ts";
import { type Check, guard } from "../middleware/guard.ts";
import { type Announced, readAnnounced } from "../middleware/limits.ts";
import type { Peer } from "../peer.ts";
import { type Refusal, REFUSALS } from "../refusal.ts";

/** Where remote_write is served. */
export const WRITE_PATHS = [
  "/api/v1/metrics/write",
  "/api/v1/write",
  "/api/v1/push",
] as const;

/** What the routes need. */
export interface ReceiveDeps extends AppDeps {
  readonly refuse: Refuser;
  /** What every request to these routes has to pass. */
  readonly check: Check;
}

type Checked = Extract<CheckedBody, { readonly ok: true }>;

/** The write routes. */
export function writeRoutes(deps: ReceiveDeps): Hono<RelayEnv> {
  const { refuse, check } = deps;
  const routes = new Hono<RelayEnv>();
  const intake = new Intake(deps);
  for (const path of WRITE_PATHS) {
    const stored = deps.metrics.requests.reading(path, "204");
    routes.post(path, async (c) => {
      let refusal = check(c);
      if (refusal === undefined && asksForVersion(c)) return c.text("1");
      refusal ??= await intake.take(c);
      if (refusal !== undefined) return refuse(c, refusal);
      stored.add();
      return intake.acknowledge();
    });
    routes.use(path, guard(check, refuse));
    routes.get(
      path,
      (c) => asksForVersion(c) ? c.text("1") : refuse(c, REFUSALS.method),
    );
    routes.all(path, (c) => refuse(c, REFUSALS.method));
  }
  return routes;
}

/** Older vmagents ask before they send zstd, by any method. */
function asksForVersion(c: Context<RelayEnv>): boolean {
  return c.req.query("get_vm_proto_version") !== undefined;
}

/** Takes one request after the other. */
class Intake {
  readonly #deps: ReceiveDeps;
  #sequence = 0;

  constructor(deps: ReceiveDeps) {
    this.#deps = deps;
  }

  /** Stores the request's body, or says why not. */
  async take(c: Context<RelayEnv>): Promise<Refusal | undefined> {
    const { gate, spool, admission, clock, metrics } = this.#deps;
    const announced = readAnnounced(c.req.raw.headers);
    if ("reason" in announced) return announced;
    const store = spool();
    if (gate.state !== "open" || store === undefined) return REFUSALS.notReady;
    const startMs = clock.monotonicMs();
    const peer = c.get("peer");
    const { declaredBytes } = announced;
    const isSmall = declaredBytes !== undefined &&
      declaredBytes <= SMALL_BODY_BYTES;
    const ticket = admission.enter(peer.address, isSmall ? declaredBytes : 0);
    if (ticket === undefined) return REFUSALS.overloaded;
    try {
      const { bodies } = this.#deps;
      const read = isSmall
        ? await bodies.readSmall(c.req.raw, declaredBytes)
        : await bodies.readStream(c.req.raw, ticket);
      if (!read.ok) return read.refusal;
      return await this.#store(peer, announced, read.body, store);
    } finally {
      ticket.leave();
      metrics.requestSeconds.observe((clock.monotonicMs() - startMs) / 1000);
    }
  }

  acknowledge(): Response {
    return new Response(null, {
      status: 204,
      headers: { "x-relay-ack": `${this.#deps.epoch}.${this.#sequence}` },
    });
  }

  async #store(
    peer: Peer,
    announced: Announced,
    body: Uint8Array,
    store: SpoolIntake,
  ): Promise<Refusal | undefined> {
    const { checkBody, senders, metrics, receipts, garbage } = this.#deps;
    const checked = checkBody(body, announced.codec);
    if (!checked.ok) return checked.refusal;
    if (checked.mismatch) metrics.codecMismatches.add();
    // An empty request holds nothing to keep.
    if (checked.contentBytes === 0) return undefined;
    const connection = senders.connection(peer);
    const inspected = this.#inspect(checked, {
      isNew: connection.sender === undefined,
    });
    if (inspected?.ok === false) return inspected.refusal;
    const found = inspected?.found;
    const { codec, contentBytes } = checked;
    const samples = senders.estimate(connection, { contentBytes, found });
    const facts = {
      codec,
      sampleCount: samples,
      minTimeMs: found?.minTimeMs ?? Infinity,
      maxTimeMs: found?.maxTimeMs ?? -Infinity,
    };
    try {
      await store.append(body, facts);
    } catch (error) {
      // What the spool throws on purpose heals by itself or with a person.
      if (error instanceof AppError) return REFUSALS.storage;
      throw error;
    }
    this.#sequence++;
    garbage.add(body.length);
    metrics.receivedBatches.value++;
    metrics.receivedSamples.value += samples;
    metrics.receivedBytes.value += body.length;
    senders.pushed(connection, { peer, bytes: body.length, samples, found });
    if (found === undefined) return undefined;
    metrics.mixedSeries.value += found.mixedSeries;
    if (found.checkIds.length > 0) {
      receipts.stored(found.checkIds, { ...facts, payloadBytes: body.length });
    }
    return undefined;
  }

  /** Decodes the request, unless that would cost too much now. */
  #inspect(
    checked: Checked,
    { isNew }: { readonly isNew: boolean },
  ): InspectResult | undefined {
    const { budget } = this.#deps;
    if (!budget.allows({ urgent: isNew })) return undefined;
    return budget.spend(() => inspectContent(checked.content()));
  }
}
