import { createProgress } from "../../../deploy/parts/progress.ts";
import { assertEquals } from "../../support/assert.ts";

function record(isTerminal: boolean) {
  const written: string[] = [];
  let nowMs = 0;
  const progress = createProgress(
    { write: (text) => written.push(text), isTerminal, columns: () => 60 },
    () => nowMs,
  );
  return { progress, written, wait: (ms: number) => nowMs += ms };
}

Deno.test("createProgress() writes whole lines only where nothing can be redrawn", () => {
  const { progress, written, wait } = record(false);

  const step = progress.begin("Download x");
  step.bytes(1_000_000, 2_000_000);
  wait(1_500);
  step.end("1.2.3");

  assertEquals(written, ["Download x …\n", "Download x: 1.2.3 (1.5 s)\n"]);
});

Deno.test("createProgress() draws a bar at most ten times a second", () => {
  const { progress, written, wait } = record(true);

  const step = progress.begin("Download x");
  wait(99);
  step.bytes(500_000, 2_000_000);
  wait(1);
  step.bytes(1_000_000, 2_000_000);

  assertEquals(written, [
    "\r\x1b[2KDownload x …",
    "\r\x1b[2KDownload x 0.1 s [##########----------] 1.0 of 2.0 MB",
  ]);
});

Deno.test("createProgress() cuts a redrawn line to the width of the terminal", () => {
  const { progress, written, wait } = record(true);

  const step = progress.begin("Install y");
  wait(100);
  step.detail("z".repeat(200));

  assertEquals(written.at(-1)?.replace("\r\x1b[2K", "").length, 59);
});
