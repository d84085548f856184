/**
 * Where does a request carry its parameters? In the query and, if it posts a form, in the body too;
 * both count together, as in Go's ParseForm. Never judges what they mean.
 * @module
 */

import { BodyTooLargeError, readBody } from "../core/net/limited_body.ts";

/** More than any request needs; a body without an end must not fill the memory. */
const MAX_FORM_BYTES = 64 * 1024;

/**
 * The query of the request's URL, without its `?`, and the posted form joined by `&`, undecoded.
 * @throws {RangeError} if the form is larger than 64 KiB
 */
export async function requestParams(request: Request): Promise<string> {
  const query = new URL(request.url).search.slice(1);
  if (!hasForm(request) || request.body === null) return query;
  const form = await readForm(request.body);
  return query === "" ? form : form === "" ? query : `${query}&${form}`;
}

function hasForm(request: Request): boolean {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "application/x-www-form-urlencoded" &&
    ["POST", "PUT", "PATCH"].includes(request.method);
}

async function readForm(body: ReadableStream<Uint8Array>): Promise<string> {
  try {
    return new TextDecoder().decode(await readBody(body, { mostBytes: MAX_FORM_BYTES }));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    throw new RangeError(`Cannot read the form: ${error.message}`, { cause: error });
  }
}
