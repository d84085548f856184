/**
 * How does a file get to a name that others may know beforehand? Written under another name and moved
 * there in one step: a reader never sees half of it, and a link in its place is replaced, not followed.
 * @module
 */

import { dirname } from "node:path";

/** @param options.mode permissions; what a new file has unless given */
export function replaceFile(
  path: string,
  content: string,
  { mode = 0o666 & ~umask() }: { mode?: number } = {},
): void {
  const temporary = Deno.makeTempFileSync({ dir: dirname(path), prefix: ".scaletool-" });
  try {
    Deno.writeTextFileSync(temporary, content);
    if (Deno.build.os !== "windows") Deno.chmodSync(temporary, mode);
    Deno.renameSync(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}

function umask(): number {
  return Deno.build.os === "windows" ? 0 : Deno.umask();
}
