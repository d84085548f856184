/** Files that only this user can read, and that go with the sandbox. @module */

const OWNER_ONLY = 0o600;

export class TemporaryFiles implements Disposable {
  /** Of mode 0700. */
  readonly #directory = Deno.makeTempDirSync({ prefix: "scaletool-sandbox-" });

  /** @returns its path */
  write(name: string, text: string): string {
    const path = `${this.#directory}/${name}`;
    Deno.writeTextFileSync(path, text, { mode: OWNER_ONLY });
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}
