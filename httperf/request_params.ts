/**
 * Where does a request carry its parameters? In the query and, if it posts a form, in the body too;
 * both count together, as in Go's ParseForm. Never judges what they mean.
 * @module
 */

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
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_FORM_BYTES) {
      throw new RangeError(`Cannot read the form: expected at most ${MAX_FORM_BYTES} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
