/**
 * A folder for files that are of use only while this process lives, and that no other user may read.
 * @module
 */

import { atProcessEnd } from "./process_end.ts";

const OWNER_ONLY = 0o600;

/** A folder of mode 0700 with everything in it. It goes when it is disposed, or with the process. */
export class TemporaryFolder implements Disposable {
  readonly path: string;
  readonly #registered: Disposable;

  /** @param purpose part of its name, for the one who finds it after a kill -9 */
  constructor(purpose: string) {
    this.path = Deno.makeTempDirSync({ prefix: `scaletool-${purpose}-` });
    this.#registered = atProcessEnd(() => this.#remove());
  }

  /** @returns the file's path */
  write(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    Deno.writeTextFileSync(path, text, { mode: OWNER_ONLY });
    return path;
  }

  [Symbol.dispose](): void {
    this.#registered[Symbol.dispose]();
    this.#remove();
  }

  #remove(): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
