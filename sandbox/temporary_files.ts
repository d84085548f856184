/** Files that only this user can read, and that go with the sandbox. @module */

import { TemporaryFolder } from "../core/temporary_folder.ts";

const OWNER_ONLY = 0o600;

export class TemporaryFiles implements Disposable {
  readonly #folder = new TemporaryFolder("sandbox");

  /** @returns its path */
  write(name: string, text: string): string {
    const path = `${this.#folder.path}/${name}`;
    Deno.writeTextFileSync(path, text, { mode: OWNER_ONLY });
    return path;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
