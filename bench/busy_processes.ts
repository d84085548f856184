/** Other programs that want the processors as much as the ones measured do. @module */

/** Each would take a core of its own, at the same priority (nice 0). Dispose it to end them. */
export class BusyProcesses implements AsyncDisposable {
  readonly #children: readonly Deno.ChildProcess[];

  constructor(count: number) {
    this.#children = Array.from(
      { length: count },
      () => new Deno.Command("sh", { args: ["-c", "while :; do :; done"], stdin: "null" }).spawn(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all(this.#children.map((child) => child.status));
  }
}
