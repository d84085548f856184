/**
 * The value of a JSON text; undefined if it is none, without the error, which would quote the text.
 * @module
 */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
