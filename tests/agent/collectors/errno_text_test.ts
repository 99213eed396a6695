import { errnoText } from "../../../agent/collectors/errno_text.ts";
import { assertEquals } from "../../support/assert.ts";

const GO = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EIO: "input/output error",
  ESTALE: "stale NFS file handle",
  ENOTCONN: "transport endpoint is not connected",
  ETIMEDOUT: "connection timed out",
  EHOSTDOWN: "host is down",
  EHOSTUNREACH: "no route to host",
  ENODEV: "no such device",
  ELOOP: "too many levels of symbolic links",
  EOVERFLOW: "value too large for defined data type",
};

for (const [errno, text] of Object.entries(GO)) {
  Deno.test(`errnoText() says "${text}" for ${errno}`, () => {
    assertEquals(errnoText(errno), text);
  });
}

Deno.test("errnoText() leaves texts and unknown names as they are", () => {
  assertEquals(errnoText("mountpoint timeout"), "mountpoint timeout");
  assertEquals(errnoText("EKEYEXPIRED"), "EKEYEXPIRED");
});
