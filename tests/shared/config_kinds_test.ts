import {
  bytes,
  duration,
  filePath,
  type Kind,
  listenAddress,
  toggle,
} from "../../shared/config_kinds.ts";
import { assertEquals } from "../support/assert.ts";

const VALUES: [kind: Kind<unknown>, text: string, value: unknown][] = [
  [duration(), "500ms", 500],
  [duration(), "15s", 15_000],
  [duration(), "1.5m", 90_000],
  [duration(), "1h", 3_600_000],
  [bytes(), "0B", 0],
  [bytes(), "1KB", 1_000],
  [bytes(), "256MiB", 268_435_456],
  [bytes(), "2 GiB", 2_147_483_648],
  [bytes(), "1gb", 1_000_000_000],
  [listenAddress, "127.0.0.1:9100", { hostname: "127.0.0.1", port: 9100 }],
  [listenAddress, ":9100", { hostname: "0.0.0.0", port: 9100 }],
  [listenAddress, "[::1]:9100", { hostname: "::1", port: 9100 }],
  [listenAddress, "localhost:0", { hostname: "localhost", port: 0 }],
  [filePath({ example: "/x" }), "a/b/", "a/b"],
  [filePath({ example: "/x", absolute: true }), "/", "/"],
  [filePath({ example: "/x", absolute: true }), "//", "/"],
];

for (const [kind, text, value] of VALUES) {
  Deno.test(`parse() of ${kind.placeholder} reads "${text}"`, () => {
    assertEquals(kind.parse(text), { ok: true, value });
  });
}

const WRONG: [kind: Kind<unknown>, text: string, what: string, hint: string][] =
  [
    [duration(), "15", "has no unit", "for example 15s"],
    [duration(), "-1s", "is not a duration", "for example 15s"],
    [duration(), "1m30s", "is not a duration", "for example 15s"],
    [duration(), "1d", 'has the unit "d"', "use one of ms, s, m, h"],
    [duration({ max: "1h" }), "2h", "is above 1h", "use 1h or less"],
    [bytes(), "1024", "has no unit", "for example 256MiB"],
    [
      bytes(),
      "1G",
      'has the unit "G"',
      "use one of B, KB, MB, GB, TB, KiB, MiB, GiB, TiB",
    ],
    [
      listenAddress,
      "9100",
      "is not an address with a port",
      "for example 127.0.0.1:9100",
    ],
    [
      listenAddress,
      "::1:9100",
      "is not an address with a port",
      "for example 127.0.0.1:9100",
    ],
    [
      listenAddress,
      "1.2.3.256:9100",
      "is not an address with a port",
      "for example 127.0.0.1:9100",
    ],
    [
      listenAddress,
      ":70000",
      "has port 70000",
      "a port is a number from 1 to 65535",
    ],
    [
      listenAddress,
      ":80",
      "has port 80, which only root may open",
      "choose a port from 1024 to 65535",
    ],
    [
      filePath({ example: "/x", absolute: true }),
      "a/b",
      "is a relative path",
      "write it from /: /x",
    ],
    [filePath({ example: "/x" }), "-", "names no file", "write /x"],
    [toggle, "maybe", "is neither true nor false", "write true or false"],
  ];

for (const [kind, text, what, hint] of WRONG) {
  Deno.test(`parse() of ${kind.placeholder} refuses "${text}"`, () => {
    assertEquals(kind.parse(text), { ok: false, what, hint });
  });
}
