import { inspect } from "node:util";
import {
  looksLikeToken,
  maskTokens,
  sanitizeUrl,
  Secret,
} from "../../shared/secret.ts";
import { assertEquals } from "../support/assert.ts";

const PRINTED: Record<string, (secret: Secret) => string> = {
  "as a text": (secret) => `${secret}`,
  "as JSON": (secret) => JSON.stringify([secret]),
  "by node's inspect": (secret) => inspect({ secret }),
  "by Deno's inspect": (secret) => Deno.inspect({ secret }, { depth: 9 }),
  "through its properties": (secret) => JSON.stringify({ ...secret }),
};
for (const [how, print] of Object.entries(PRINTED)) {
  Deno.test(`Secret does not show ${how}`, () => {
    assertEquals(print(new Secret("hunter2")).includes("hunter2"), false);
  });
}

Deno.test("Secret.reveal() gives the text", () => {
  assertEquals(new Secret("hunter2").reveal(), "hunter2");
});

const URLS: Record<string, string> = {
  "https://host.example/api": "https://host.example/api",
  "https://user:pass@host.example:1/api": "https://host.example:1/api",
  "https://user@host.example": "https://host.example",
  "https://host.example/api?token=x#y": "https://host.example/api",
  "https://host.example/a@b": "https://host.example/a@b",
  "https://u:p/w@host.example/a": "https://host.example/a",
  "https://u:p?w@host.example/a": "https://host.example/a",
  "user:pass@host.example/a?b": "host.example/a",
  "host.example": "host.example",
};
for (const [url, expected] of Object.entries(URLS)) {
  Deno.test(`sanitizeUrl() makes "${expected}" of "${url}"`, () => {
    assertEquals(sanitizeUrl(url), expected);
  });
}

const DIGITS = "0123456789abcdef";
const TOKENS: Record<string, string> = {
  [DIGITS.repeat(4)]: "[secret]",
  [`TOKEN=${DIGITS.repeat(2).toUpperCase()}`]: "TOKEN=[secret]",
  [DIGITS]: DIGITS,
  [`/run/${DIGITS.repeat(4)}`]: `/run/${DIGITS.repeat(4)}`,
  "write-token": "write-token",
};
for (const [text, expected] of Object.entries(TOKENS)) {
  Deno.test(`maskTokens() makes "${expected}" of "${text}"`, () => {
    assertEquals(maskTokens(text), expected);
    assertEquals(looksLikeToken(text), text !== expected);
  });
}
