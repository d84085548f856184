/**
 * A request's body as the text that an {@link ApiCall} carries.
 * @module
 */

import { Buffer } from "node:buffer";
import { BodyTooLargeError, readBody } from "../../../core/net/limited_body.ts";
import { requestTooLarge } from "../answers/api_error.ts";
import { PROTOBUF_TYPE } from "./protobuf_body.ts";

/** What the real server takes. Source: apiserver, server.Config.MaxRequestBodyBytes. */
const MOST_BYTES = 3 * 1024 * 1024;

/**
 * Text as it is; of Protobuf each character is one byte.
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

export function isProtobuf(contentType: string | null): boolean {
  return contentType?.split(";")[0] === PROTOBUF_TYPE;
}
