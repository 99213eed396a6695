import { openScreen } from "../../../deploy/demo/screen.ts";
import { assertEquals, assertStringIncludes } from "../../support/assert.ts";

function recorder() {
  const writes: string[] = [];
  return {
    writes,
    write: (text: string) => void writes.push(text),
    size: () => ({ columns: 80, rows: 24 }),
  };
}

Deno.test("screen.draw() writes over the last frame in one write", () => {
  const output = recorder();
  const screen = openScreen(output);
  screen.draw(["one", "two"]);

  const [, frame = ""] = output.writes;
  assertEquals(output.writes.length, 2);
  assertStringIncludes(frame, "\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J");
  // Clearing first is what flickers.
  assertEquals(frame.includes("\x1b[2J"), false);
});

Deno.test("screen.close() gives cursor and page back, once", () => {
  const output = recorder();
  const screen = openScreen(output);
  screen.close();
  screen.close();
  screen.draw(["late"]);

  assertEquals(output.writes, [
    "\x1b[?1049h\x1b[?25l",
    "\x1b[?25h\x1b[?1049l",
  ]);
});
