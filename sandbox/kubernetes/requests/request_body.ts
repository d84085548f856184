/**
 * What is in a request's body? Reads the media types that clients send; whether it is an object of the
 * right kind is asked elsewhere.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { readYaml } from "../../../core/yaml.ts";
import { ApiError, badRequest } from "../answers/api_error.ts";
import { bytesOfText, isProtobuf } from "./body_text.ts";
import { parsedBody } from "../validation/object_kind.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { PROTOBUF_TYPE, protobufObject } from "./protobuf_body.ts";

export interface Body {
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

export function unknownFormat(accepted: readonly string[]): ApiError {
  return new ApiError({
    code: 415,
    reason: "UnsupportedMediaType",
    message: "the body of the request was in an unknown format - accepted media types include: " +
      accepted.join(", "),
  });
}
