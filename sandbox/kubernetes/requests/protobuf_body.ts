/**
 * Which object is in a Protobuf body? kubectl writes its own kinds so, and reads JSON. Reads only: no
 * answer is Protobuf.
 * Source: apimachinery, pkg/runtime/serializer/protobuf; Protocol Buffers, "Encoding".
 * @module
 */

import { Buffer } from "node:buffer";
import { badRequest } from "../answers/api_error.ts";
import { type FieldType, type Message, MESSAGES } from "./protobuf_messages.ts";
import { ownValue } from "../../../core/named_values.ts";

export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

const MAGIC = "k8s\0";
const TYPE_META: Message = { 1: ["apiVersion", "text"], 2: ["kind", "text"] };
const UNKNOWN: Message = {
  1: ["typeMeta", { one: TYPE_META }],
  2: ["raw", "bytes"],
  3: ["contentEncoding", "text"],
  4: ["contentType", "text"],
};

type Value = { readonly number: number; readonly value: bigint | Uint8Array };
type Part = Record<string, unknown>;

/**
 * The object as JSON has it.
 * @throws {ApiError} 400 for what is no message, or one with something that is not known here
 */
export function protobufObject(body: Uint8Array): unknown {
  const prefix = new TextDecoder().decode(body.subarray(0, MAGIC.length));
  if (prefix !== MAGIC) {
    throw badRequest(
      "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    );
  }
  const { typeMeta, raw } = messageOf(body.subarray(MAGIC.length), UNKNOWN);
  const type = (typeMeta ?? {}) as { apiVersion?: string; kind?: string };
  const message = ownValue(MESSAGES, type.kind ?? "");
  if (message === undefined) {
    throw badRequest(`Cannot read a ${type.kind} from Protobuf here: send JSON`);
  }
  const content = Buffer.from(String(raw ?? ""), "base64");
  return { ...type, ...messageOf(content, message) };
}

function messageOf(bytes: Uint8Array, message: Message): Part {
  const part: Part = {};
  for (const { number, value } of valuesIn(bytes)) {
    const [name, type] = message[number] ?? [];
    if (name === undefined || type === undefined) {
      requireEmpty(number, value);
      continue;
    }
    take(part, name, { type, value });
  }
  return part;
}

/** Go writes empty parts too; anything else that is not known here must not be lost in silence. */
function requireEmpty(number: number, value: bigint | Uint8Array): void {
  const isEmpty = typeof value === "bigint" ? value === 0n : value.every((byte) => byte === 0);
  if (!isEmpty) throw badRequest(`Cannot read field ${number} from Protobuf here: send JSON`);
}

function take(
  part: Part,
  name: string,
  { type, value }: { type: FieldType; value: bigint | Uint8Array },
): void {
  if (typeof type === "object" && "each" in type) {
    part[name] = [...(part[name] ?? []) as unknown[], messageOf(bytesOf(value), type.each)];
  } else if (type === "texts") {
    part[name] = [...(part[name] ?? []) as unknown[], textOf(value)];
  } else if (typeof type === "object" && "map" in type) {
    const { key = "", value: entry } = messageOf(bytesOf(value), {
      1: ["key", "text"],
      2: ["value", type.map],
    });
    part[name] = { ...part[name] as Part, [String(key)]: entry ?? "" };
  } else {
    const single = singleOf(type, value);
    if (single !== undefined) part[name] = single;
  }
}

/** Undefined: what JSON would leave out. */
function singleOf(type: FieldType, value: bigint | Uint8Array): unknown {
  if (typeof type === "object") {
    return "one" in type ? messageOf(bytesOf(value), type.one) : undefined;
  }
  switch (type) {
    case "text":
      return textOf(value) || undefined;
    case "bytes":
      return Buffer.from(bytesOf(value)).toString("base64");
    case "pointerNumber":
      return numberOf(value);
    case "number":
      return numberOf(value) || undefined;
    case "pointerBoolean":
      return value !== 0n;
    case "boolean":
      return value !== 0n || undefined;
    case "quantity":
      return messageOf(bytesOf(value), { 1: ["string", "text"] })["string"];
    case "intOrString":
      return intOrString(bytesOf(value));
    case "time":
      // Clients send their zero time, and the server does not listen.
      return undefined;
    default:
      return undefined;
  }
}

function intOrString(bytes: Uint8Array): unknown {
  const { type, number, text } = messageOf(bytes, {
    1: ["type", "number"],
    2: ["number", "number"],
    3: ["text", "text"],
  });
  // The zero value stands for none.
  return type === undefined ? number : text;
}

function* valuesIn(bytes: Uint8Array): Generator<Value> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw badRequest("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint() };
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw badRequest("unexpected EOF");
        yield { number, value: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      default:
        throw badRequest(`proto: illegal wireType ${tag & 7}`);
    }
  }
}

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value !== "bigint") return value;
  throw badRequest("proto: wrong wireType = 0");
}

function textOf(value: bigint | Uint8Array): string {
  return new TextDecoder().decode(bytesOf(value));
}

function numberOf(value: bigint | Uint8Array): number {
  if (typeof value !== "bigint") throw badRequest("proto: wrong wireType = 2");
  return Number(BigInt.asIntN(64, value));
}
