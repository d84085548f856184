/**
 * The directory of a server that lives and ends for itself, with a watchdog of its own.
 * @module
 */

import { join } from "node:path";
import { CannotRunError } from "../../core/errors.ts";

/**
 * Makes the directory, or a new one among the temporary files, with a folder `pid` in it.
 * @param name of the server
 * @returns its path without symbolic links
 * @throws {CannotRunError} if it is there already or cannot be made
 */
export function makeOwnDir(path: string | undefined, name: string): string {
  try {
    if (path !== undefined) Deno.mkdirSync(path, { mode: 0o700 });
    const dir = path ?? Deno.makeTempDirSync({ prefix: `scaletool-${name}-` });
    Deno.mkdirSync(join(dir, "pid"));
    return Deno.realPathSync(dir);
  } catch (error) {
    throw new CannotRunError(`Cannot make "${path}" for a ${name}: expected a new directory`, {
      cause: error,
    });
  }
}
