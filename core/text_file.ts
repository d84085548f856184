/**
 * What a text file says, whichever program wrote it: PowerShell's `>` writes UTF-16, editors of
 * Windows put a mark before UTF-8.
 * @module
 */

/** By the byte order mark at the beginning (Unicode 17, section 23.8); without one: UTF-8. */
export function encodingOf([first, second]: Uint8Array): "utf-16le" | "utf-16be" | "utf-8" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** @throws what Deno.readFileSync throws */
export function readTextFile(path: string): string {
  const bytes = Deno.readFileSync(path);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}
