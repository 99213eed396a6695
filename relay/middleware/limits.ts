/** What the headers of a write must say, before a byte of its body is read. */
import type { Codec } from "../../shared/spool/frame.ts";
import {
  MAX_BODY_BYTES,
  type Refusal,
  REFUSALS,
  wrongEncoding,
  wrongType,
} from "../refusal.ts";

const TYPE = "application/x-protobuf";

/** What the headers of a write announce. */
export interface Announced {
  readonly codec: Codec;
  /** Length of the body; `undefined` when none is declared. */
  readonly declaredBytes: number | undefined;
}

/** Reads encoding and declared length, unless the headers are to be refused. */
export function readAnnounced(headers: Headers): Announced | Refusal {
  const refusal = checkType(headers.get("content-type"));
  if (refusal !== undefined) return refusal;
  const codec = readCodec(headers.get("content-encoding"));
  if (typeof codec === "object") return codec;
  const declared = headers.get("content-length");
  const declaredBytes = declared === null ? undefined : Number(declared);
  return declaredBytes !== undefined && declaredBytes > MAX_BODY_BYTES
    ? REFUSALS.bodyTooLarge
    : { codec, declaredBytes };
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

function readCodec(value: string | null): Codec | Refusal {
  if (value === "snappy" || value === null || value === "") return "snappy";
  const name = value.trim().toLowerCase();
  return name === "snappy" || name === "zstd" ? name : wrongEncoding(value);
}
