import { proxyFor } from "../../agent/check/proxy.ts";
import {
  type ProxyVariables,
  proxyVariables,
} from "../../shared/proxy_variables.ts";
import { assertEquals } from "../support/assert.ts";

const HTTP = "http://metrics.example/api/v1/write";
const HTTPS = "https://metrics.example/api/v1/write";
const P = "http://proxy.example:3128";

/** The URL, the variables, and the proxy's host and port. */
const ROWS: Record<string, [string, ProxyVariables, string | undefined]> = {
  "no variable": [HTTPS, {}, undefined],
  "HTTP_PROXY for http": [HTTP, { HTTP_PROXY: P }, "proxy.example 3128"],
  "HTTP_PROXY for https": [HTTPS, { HTTP_PROXY: P }, undefined],
  "HTTPS_PROXY for https": [HTTPS, { HTTPS_PROXY: P }, "proxy.example 3128"],
  "HTTPS_PROXY for http": [HTTP, { HTTPS_PROXY: P }, undefined],
  "ALL_PROXY before the others": [
    HTTP,
    { ALL_PROXY: "a:1", HTTP_PROXY: P },
    "a 1",
  ],
  "no scheme": [HTTP, { HTTP_PROXY: "proxy.example:1" }, "proxy.example 1"],
  "no port": [
    HTTP,
    { HTTP_PROXY: "http://proxy.example/" },
    "proxy.example 80",
  ],
  "https and no port": [HTTP, { HTTP_PROXY: "https://p" }, "p 443"],
  "socks5 and no port": [HTTP, { HTTP_PROXY: "socks5://p" }, "p 1080"],
  "user and password": [HTTP, { HTTP_PROXY: "http://u:w@p:1/x" }, "p 1"],
  "a user without password": [HTTP, { HTTP_PROXY: "http://u@p:1" }, undefined],
  "another scheme": [HTTP, { HTTP_PROXY: "ftp://p:1" }, undefined],
  "an IPv6 address": [HTTP, { HTTP_PROXY: "http://[::1]:1" }, "::1 1"],
};

for (const [what, [url, variables, expected]] of Object.entries(ROWS)) {
  Deno.test(`proxyFor() with ${what}`, async () => {
    const proxy = await proxyFor(url, variables);

    assertEquals(proxy && `${proxy.hostname} ${proxy.port}`, expected);
  });
}

/** NO_PROXY, the hosts that it excepts, and hosts that it does not. */
const EXCEPTIONS: Record<string, [excepted: string[], others: string[]]> = {
  "example.com": [
    ["example.com", "a.example.com"],
    ["anexample.com", "example.org"],
  ],
  ".example.com": [["example.com", "a.example.com"], ["anexample.com"]],
  "a.example, b.example": [["a.example", "b.example"], ["c.example"]],
  "*": [["a.example"], ["10.0.0.1"]],
  "*.example": [[], ["a.example"]],
  "a.example:80": [[], ["a.example"]],
  "10.0.1.5": [["10.0.1.5"], ["10.0.1.6"]],
  "10.0.0.0/8": [["10.9.9.9"], ["11.0.0.1", "a.example"]],
  "10.0.0.0/99": [[], ["10.0.0.1"]],
  "::1,fd00::/8": [["[::1]", "[fd12::1]"], ["[fe80::1]", "10.0.0.1"]],
};

for (const [list, [excepted, others]] of Object.entries(EXCEPTIONS)) {
  Deno.test(`proxyFor() with NO_PROXY="${list}"`, async () => {
    const variables = { HTTP_PROXY: P, NO_PROXY: list };
    const hasProxy = async (host: string) =>
      await proxyFor(`http://${host}/`, variables) !== undefined;

    assertEquals(
      await Promise.all([...excepted, ...others].map(hasProxy)),
      [...excepted.map(() => false), ...others.map(() => true)],
    );
  });
}

Deno.test("proxyVariables() takes from the env file what the environment lacks", () => {
  const env = { HTTPS_PROXY: "", https_proxy: "http://env:1", OTHER: "x" };
  const file = new Map([
    ["HTTPS_PROXY", "http://file:1"],
    ["HTTP_PROXY", "http://file:2"],
    ["no_proxy", "localhost"],
  ]);

  assertEquals(proxyVariables(env, file), {
    HTTPS_PROXY: "http://env:1",
    HTTP_PROXY: "http://file:2",
    NO_PROXY: "localhost",
  });
});
