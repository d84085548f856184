/** Words beside the figures: a line on stderr. @module */

export function note(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}
