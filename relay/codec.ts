/**
 * What a body is made of, whatever its sender announced, and what it holds.
 *
 * Snappy is checked by walking its structure: that tells that the body unpacks,
 * to the length it declares, at a thirtieth of the cost of unpacking it. zstd
 * has no such structure, and unpacking it is cheap.
 */
import { describeError } from "../shared/errors.ts";
import { checkSnappy } from "../shared/remote_write/snappy.ts";
import type { Codec } from "../shared/spool/frame.ts";
import { LastContent } from "./last_content.ts";
import {
  MAX_CONTENT_BYTES,
  type Refusal,
  REFUSALS,
  undecodable,
} from "./refusal.ts";
import { Unpacker } from "./unpack.ts";
import { checkZstd, isZstd } from "./zstd_frame.ts";

/** More than this from one byte, and it is a bomb. */
const MAX_RATIO = 200;
/** Small bodies may repeat themselves as much as they like. */
const RATIO_FROM_BYTES = 4 * 1024 ** 2;

/** Memory kept for unpacking; bodies of senders take a hundredth of it. */
const MAX_KEPT_BYTES = 4 * 1024 ** 2;

/** Unpacks zstd. */
export interface Unzstd {
  /** One frame that declares its length: the fastest way there is. */
  known(body: Uint8Array): Uint8Array;
  /** Fails when there is more than `maxBytes`. */
  bounded(body: Uint8Array, maxBytes: number): Uint8Array;
}

/** A body that unpacks, or why it is refused. */
export type CheckedBody =
  | {
    readonly ok: true;
    readonly codec: Codec;
    readonly contentBytes: number;
    /** Whether the sender announced another codec. */
    readonly mismatch: boolean;
    /**
     * The WriteRequest, valid until the next body is checked and as long as
     * the caller waits for nothing; costs what unpacking costs.
     */
    content(): Uint8Array;
  }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks bodies. */
export type CheckBody = (body: Uint8Array, announced: Codec) => CheckedBody;

/** A checker that unpacks zstd with `unzstd`. */
export function createCheckBody(unzstd: Unzstd): CheckBody {
  const last = new LastContent();
  const unpacker = new Unpacker(MAX_KEPT_BYTES, last);
  const unzip: Unzstd = {
    known: (body) => last.hold(unzstd.known(body)),
    bounded: (body, maxBytes) => last.hold(unzstd.bounded(body, maxBytes)),
  };
  const check = (body: Uint8Array, codec: Codec) =>
    codec === "snappy" ? checkBlock(body, unpacker) : checkFrames(body, unzip);
  return (body, announced) => {
    const first = check(body, announced);
    if (first.ok || first.refusal.status !== 400) return first;
    // vmagent's queue can hold blocks of both kinds under one header.
    const other = announced === "snappy" ? "zstd" : "snappy";
    if (isZstd(body) !== (other === "zstd")) return first;
    const second = check(body, other);
    return second.ok ? { ...second, mismatch: true } : first;
  };
}

function checkBlock(body: Uint8Array, unpacker: Unpacker): CheckedBody {
  const found = checkSnappy(body, { maxUncompressedBytes: MAX_CONTENT_BYTES });
  if (found.ok) {
    const contentBytes = found.uncompressedBytes;
    return {
      ok: true,
      codec: "snappy",
      contentBytes,
      mismatch: false,
      content: () => unpacker.unpack(body, contentBytes),
    };
  }
  switch (found.fault) {
    case "too_large":
      return refuse(REFUSALS.contentTooLarge);
    case "framed":
      return refuse(REFUSALS.framed);
    case "malformed":
      return refuse(undecodable("snappy", found.reason));
  }
}

function checkFrames(body: Uint8Array, unzstd: Unzstd): CheckedBody {
  if (body.length === 0) {
    return refuse(undecodable("zstd", "the body is empty"));
  }
  const found = checkZstd(body, { maxWindowBytes: MAX_CONTENT_BYTES });
  if (!found.ok) return refuse(undecodable("zstd", found.reason));
  const { contentBytes, frames } = found;
  if (contentBytes !== undefined && contentBytes > MAX_CONTENT_BYTES) {
    return refuse(REFUSALS.contentTooLarge);
  }
  let content: Uint8Array;
  try {
    content = frames === 1 && contentBytes !== undefined
      ? unzstd.known(body)
      : unzstd.bounded(body, MAX_CONTENT_BYTES + 1);
  } catch (error) {
    return refuse(
      contentBytes === undefined && isTooLarge(error)
        ? REFUSALS.contentTooLarge
        : undecodable("zstd", describeError(error)),
    );
  }
  if (content.length > MAX_CONTENT_BYTES) {
    return refuse(REFUSALS.contentTooLarge);
  }
  if (contentBytes !== undefined && content.length !== contentBytes) {
    const what = `it declares ${contentBytes} bytes, holds ${content.length}`;
    return refuse(undecodable("zstd", what));
  }
  if (
    content.length > RATIO_FROM_BYTES &&
    content.length > body.length * MAX_RATIO
  ) {
    return refuse(REFUSALS.ratio);
  }
  return {
    ok: true,
    codec: "zstd",
    contentBytes: content.length,
    mismatch: false,
    content: () => content,
  };
}

/** What `node:zlib` says when there is more than `maxOutputLength`. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError;
}

function refuse(refusal: Refusal): CheckedBody {
  return { ok: false, refusal };
}
