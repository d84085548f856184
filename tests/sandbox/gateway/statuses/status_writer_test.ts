import assert from "node:assert/strict";
import { StatusWriter } from "../../../../sandbox/gateway/statuses/status_writer.ts";

/** Writes that end when the test says so. */
class Recorded {
  readonly log: string[] = [];
  readonly ending = new AbortController();
  /** Called within each write. */
  onWrite: (entry: string) => void = () => {};
  readonly writer = new StatusWriter({
    route: (key) => this.#write(`route ${key}`),
    gateway: (key) => this.#write(`gateway ${key}`),
  }, { ended: this.ending.signal });

  #write(entry: string): Promise<void> {
    this.log.push(entry);
    this.onWrite(entry);
    return Promise.resolve();
  }
}

Deno.test("routes come before Gateways, and a Gateway once however often it was asked for", async () => {
  const { writer, log } = new Recorded();
  for (const key of ["a", "b"]) {
    writer.wantRoute(key);
    writer.wantGateway("g");
  }
  await writer.idle();
  assert.deepEqual(log, ["route a", "route b", "gateway g"]);
});

Deno.test("what is asked for during a pass waits for the next one", async () => {
  const recorded = new Recorded();
  const { writer, log } = recorded;
  recorded.onWrite = (entry) => {
    if (entry !== "route a") return;
    recorded.onWrite = () => {};
    writer.wantRoute("b");
    writer.wantGateway("g");
  };
  writer.wantRoute("a");
  await writer.idle();
  assert.deepEqual(log, ["route a", "gateway g", "route b"]);
});

Deno.test("after the end nothing is written", async () => {
  const { writer, log, ending } = new Recorded();
  writer.wantRoute("a");
  ending.abort();
  await writer.idle();
  assert.deepEqual(log, []);
});
