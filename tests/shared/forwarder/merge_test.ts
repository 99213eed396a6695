import { zstdCompressSync } from "node:zlib";
import {
  Merger,
  toSnappy,
  toZstd,
  unpack,
} from "../../../shared/forwarder/merge.ts";
import { compress, uncompress } from "../../../shared/remote_write/snappy.ts";
import type { Codec } from "../../../shared/spool/frame.ts";
import { Frame } from "../../../shared/spool/segment.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { bodyOf, names, namesIn } from "./harness.ts";

function frameOf(body: Uint8Array, codec: Codec = "snappy"): Frame {
  const facts = { receivedAtMs: 0, minTimeMs: 0, maxTimeMs: 0, sampleCount: 1 };
  return new Frame({ codec, ...facts }, body.length, body);
}

function snappyFrame(...series: string[]): Frame {
  return frameOf(bodyOf(series));
}

function zstdFrame(...series: string[]): Frame {
  const request = uncompress(bodyOf(series), 10_000);
  return frameOf(zstdCompressSync(request), "zstd");
}

Deno.test("Merger.groups() puts small frames into one request", () => {
  const frames = names(100).map((name) => snappyFrame(name));
  assertEquals(new Merger().groups(frames), [frames]);
});

Deno.test("Merger.groups() leaves zstd frames alone, in their place", () => {
  const [a, b, c, d, e] = [
    snappyFrame("a"),
    snappyFrame("b"),
    zstdFrame("c"),
    zstdFrame("d"),
    snappyFrame("e"),
  ] as const;
  assertEquals(new Merger().groups([a, b, c, d, e]), [[a, b], [c], [d], [e]]);
});

Deno.test("Merger.groups() keeps what a request unpacks to under 8 MiB", () => {
  const merger = new Merger();
  const zeros = frameOf(compress(new Uint8Array(1024 ** 2)));
  const groups = merger.groups(Array(20).fill(zeros));

  assertEquals(groups.map((group) => group.length), [8, 8, 4]);
  // So many are taken the next time that one request holds them.
  const fitting = Math.floor(merger.takeBytes / zeros.payloadBytes);
  assert(fitting >= 6 && fitting <= 8, `${fitting} frames`);
});

Deno.test("Merger.tooLarge() makes the next requests smaller, down to 64 KiB", () => {
  const merger = new Merger();
  assertEquals(merger.takeBytes, 1024 ** 2);
  merger.tooLarge(800_000);
  assertEquals(merger.takeBytes, 400_000);
  for (let i = 0; i < 10; i++) merger.tooLarge(merger.takeBytes);
  assertEquals(merger.takeBytes, 64 * 1024);
});

Deno.test("Merger.delivered() makes requests larger again while they arrive quickly, up to what was not too large", () => {
  const merger = new Merger();
  merger.tooLarge(800_000);
  for (let i = 0; i < 4; i++) merger.tooSlow(merger.takeBytes);
  assertEquals(merger.takeBytes, 64 * 1024);
  // Neither a slow one nor a small one tells that twice as much has room.
  merger.delivered(64 * 1024, 10_000);
  merger.delivered(20 * 1024, 10);
  assertEquals(merger.takeBytes, 64 * 1024);
  merger.delivered(40 * 1024, 1_000);
  assertEquals(merger.takeBytes, 128 * 1024);
  for (let i = 0; i < 4; i++) merger.delivered(merger.takeBytes, 1_000);
  assertEquals(merger.takeBytes, 400_000);
});

Deno.test("toSnappy() merges bodies of both kinds into one block", () => {
  const block = toSnappy([
    snappyFrame("a", "b"),
    zstdFrame("c"),
    snappyFrame("d"),
  ]);
  assertEquals(namesIn(block), ["a", "b", "c", "d"]);
});

Deno.test("toZstd() packs a merge anew, and sends a zstd frame as it came", async () => {
  const merged = await toZstd([snappyFrame("a"), snappyFrame("b")]);
  const request = unpack(frameOf(merged, "zstd"));
  assertEquals(namesIn(compress(request)), ["a", "b"]);

  const alone = zstdFrame("c");
  assert(await toZstd([alone]) === alone.body);
});
