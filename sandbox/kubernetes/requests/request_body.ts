/**
 * What is in a request's body? Reads the media types that clients send; whether it is an object of the
 * right kind is asked elsewhere.
 * @module
 */

import { Buffer } from "node:buffer";
import { messageOf } from "../../../core/errors.ts";
import { BodyTooLargeError, readBody } from "../../../core/net/http_server.ts";
import { readYaml } from "../../../core/yaml.ts";
import { ApiError, badRequest, requestTooLarge } from "../answers/api_error.ts";
import { parsedBody } from "../validation/object_kind.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { PROTOBUF_TYPE, protobufObject } from "./protobuf_body.ts";

interface Body {
  readonly value: unknown;
  /** As JSON: repeated names are found in it only. */
  readonly json: string;
}

/**
 * Of a POST or PUT.
 * @throws {ApiError} 415
 * @throws {InvalidError} 400
 */
export function bodyOf(
  text: string,
  { resource, contentType }: { resource: ServedResource; contentType: string | null },
): Body {
  if (isProtobuf(contentType)) return ofValue(protobufObject(bytesOfText(text)));
  const [type] = (contentType || "application/json").split(";");
  switch (type) {
    case "application/json":
      return { value: parsedBody({ resource, body: text }), json: text };
    case "application/yaml":
      return ofYaml(text);
    default:
      throw unknownFormat(["application/json", "application/yaml", PROTOBUF_TYPE]);
  }
}

function ofYaml(text: string): Body {
  try {
    return ofValue(readYaml(text));
  } catch (error) {
    throw badRequest(messageOf(error));
  }
}

function ofValue(value: unknown): Body {
  return { value, json: JSON.stringify(value) };
}

function unknownFormat(accepted: readonly string[]): ApiError {
  return new ApiError({
    code: 415,
    reason: "UnsupportedMediaType",
    message: "the body of the request was in an unknown format - accepted media types include: " +
      accepted.join(", "),
  });
}

/** What the real server takes. Source: apiserver, server.Config.MaxRequestBodyBytes. */
const MOST_BYTES = 3 * 1024 * 1024;

/**
 * A request's body as an {@link ApiCall} carries it: text as it is; of Protobuf each character is one
 * byte.
 * @throws {ApiError} 413 if it is larger than the real server takes
 */
export async function bodyText({ body, headers }: Request): Promise<string> {
  if (body === null) return "";
  try {
    const bytes = await readBody(body, { mostBytes: MOST_BYTES });
    if (isProtobuf(headers.get("content-type"))) return bytes.toString("latin1");
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw requestTooLarge(MOST_BYTES);
    throw error;
  }
}

export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function isProtobuf(contentType: string | null): boolean {
  return contentType?.split(";")[0] === PROTOBUF_TYPE;
}
