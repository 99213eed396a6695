/** What the headers of a write must say, before a byte of its body is read. */
import type { MiddlewareHandler } from "hono";
import {
  MAX_BODY_BYTES,
  type Refusal,
  REFUSALS,
  wrongEncoding,
  wrongType,
} from "../refusal.ts";
import type { Refuser, RelayEnv } from "./errors.ts";

const TYPE = "application/x-protobuf";

/** Checks type, encoding and declared length, and notes the last two. */
export function headerLimits(
  { refuse }: { readonly refuse: Refuser },
): MiddlewareHandler<RelayEnv> {
  return function headerLimits(c, next) {
    const { headers } = c.req.raw;
    const refusal = checkType(headers.get("content-type"));
    if (refusal !== undefined) return Promise.resolve(refuse(c, refusal));
    const codec = readCodec(headers.get("content-encoding"));
    if (typeof codec === "object") return Promise.resolve(refuse(c, codec));
    const declared = headers.get("content-length");
    const declaredBytes = declared === null ? undefined : Number(declared);
    if (declaredBytes !== undefined && declaredBytes > MAX_BODY_BYTES) {
      return Promise.resolve(refuse(c, REFUSALS.bodyTooLarge));
    }
    c.set("codec", codec);
    c.set("declaredBytes", declaredBytes);
    return next();
  };
}

/** Source: Prometheus Remote-Write 2.0, "Protocol": the type decides. */
export function checkType(value: string | null): Refusal | undefined {
  if (value === TYPE || value === null || value === "") return undefined;
  const [type = "", ...parameters] = value.toLowerCase().split(";")
    .map((part) => part.replaceAll(/\s/g, ""));
  if (type !== TYPE) return wrongType(value);
  const message = parameters.find((parameter) => parameter.startsWith("proto="))
    ?.slice("proto=".length).replaceAll('"', "");
  if (message === undefined || message === "prometheus.writerequest") {
    return undefined;
  }
  return message.startsWith("io.prometheus.write.v2")
    ? REFUSALS.version2
    : wrongType(value);
}

function readCodec(value: string | null): "snappy" | "zstd" | Refusal {
  if (value === "snappy" || value === null || value === "") return "snappy";
  const name = value.trim().toLowerCase();
  return name === "snappy" || name === "zstd" ? name : wrongEncoding(value);
}
