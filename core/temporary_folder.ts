/**
 * A folder for files that are of use only while this process lives, and that no other user may read.
 * @module
 */

import { atProcessEnd } from "./process_end.ts";

/** A folder of mode 0700 with everything in it. It goes when it is disposed, or with the process. */
export class TemporaryFolder implements Disposable {
  readonly path: string;
  readonly #registered: Disposable;

  /** @param purpose part of its name, for whoever finds it after a kill -9 */
  constructor(purpose: string) {
    this.path = Deno.makeTempDirSync({ prefix: `scaletool-${purpose}-` });
    this.#registered = atProcessEnd(() => this.#remove());
  }

  [Symbol.dispose](): void {
    this.#registered[Symbol.dispose]();
    this.#remove();
  }

  #remove(): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
