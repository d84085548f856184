/**
 * A request's body as the text that an {@link ApiCall} carries.
 * @module
 */

import { Buffer } from "node:buffer";
import { PROTOBUF_TYPE } from "./protobuf_body.ts";

/** Text as it is; of Protobuf each character is one byte. */
export async function bodyText(request: Request): Promise<string> {
  if (request.body === null) return "";
  if (!isProtobuf(request.headers.get("content-type"))) return await request.text();
  return Buffer.from(await request.arrayBuffer()).toString("latin1");
}

export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

export function isProtobuf(contentType: string | null): boolean {
  return contentType?.split(";")[0] === PROTOBUF_TYPE;
}
