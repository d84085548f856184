/** Bytes as they come -> lines of UTF-8, without their line feeds; a last one without an end, too. @module */
export async function* textLines(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  /** A line that is long comes in many pieces: joined once. */
  let pieces: string[] = [];
  for await (const chunk of bytes) {
    const [first = "", ...further] = decoder.decode(chunk, { stream: true }).split("\n");
    pieces.push(first);
    for (const next of further) {
      yield pieces.join("");
      pieces = [next];
    }
  }
  const last = pieces.join("") + decoder.decode();
  if (last !== "") yield last;
}
