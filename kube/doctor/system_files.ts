/**
 * The files in which Linux tells a process about itself.
 * @module
 */

/** Undefined if it is not there or cannot be read. */
export function readSystemFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
