import assert from "node:assert/strict";
import type { Answer } from "../../../../probes/gateway/answers/answer.ts";
import {
  checkServed,
  type CheckServedOptions,
  MOST_EXAMPLES,
} from "../../../../probes/gateway/answers/check_served.ts";
import { Asker, type Question } from "../../../../probes/gateway/answers/data_plane.ts";
import type { Clock } from "../../../../core/load/clock.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { answer, type Told } from "./asking.ts";

/** Answers by host, and counts how many questions are under way; each takes 10 ms. */
class HostAsker extends Asker {
  mostAtOnce = 0;
  #underWay = 0;
  readonly #clock: Clock;
  readonly #at: (host: string, askedMs: number) => Told;

  constructor(clock: Clock, at: (host: string, askedMs: number) => Told) {
    const dataPlane = { gateway: "gw/one", address: "127.0.0.1", port: 9 };
    super(dataPlane, { clock, connection: "fresh" });
    this.#clock = clock;
    this.#at = at;
  }

  override async ask({ host, signal }: Question): Promise<Answer> {
    const askedMs = this.#clock.now();
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay);
    await this.#clock.sleepUntil(askedMs + 10, signal);
    this.#underWay--;
    signal?.throwIfAborted();
    return answer(this.#at(host, askedMs), { askedMs, atMs: askedMs + 10 });
  }
}

function routes(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    route: `ns/r${index}`,
    host: `r${index}.example`,
    path: "/",
    expected: { status: 200 },
  }));
}

async function checked(
  at: (host: string, askedMs: number) => Told,
  options: Partial<CheckServedOptions> & { count: number },
) {
  const clock = new FakeClock();
  const asker = new HostAsker(clock, at);
  const { signal } = new AbortController();
  const result = checkServed({
    clock,
    asker,
    routes: routes(options.count),
    timeoutMs: 1_000,
    signal,
    ...options,
  });
  result.catch(() => {});
  await clock.advance(10_000);
  assert.equal(clock.sleeperCount, 0);
  return { asker, check: await result };
}

Deno.test("each route is asked for once if all are served, so many at a time and no more", async () => {
  const { asker, check } = await checked(() => 200, { count: 100 });
  assert.deepEqual(check, {
    served: 100,
    unserved: new Set(),
    missingByClass: {},
    missing: [],
    rounds: 1,
    asked: 100,
  });
  assert.equal(asker.mostAtOnce, 32);
  assert.equal((await checked(() => 200, { count: 100, concurrency: 3 })).asker.mostAtOnce, 3);
});

Deno.test("those that are not served are asked for again, until they are", async () => {
  // Two rounds of 10 ms with 100 ms between them have passed.
  const at = (host: string, askedMs: number) => host === "r7.example" && askedMs < 200 ? 404 : 200;
  const { check } = await checked(at, { count: 20 });
  assert.deepEqual(check, {
    served: 20,
    unserved: new Set(),
    missingByClass: {},
    missing: [],
    rounds: 3,
    asked: 22,
  });
});

Deno.test("what is missing when time is over is told by class, with examples and what they said", async () => {
  const at = (host: string): Told =>
    host === "r0.example" ? [503, "no healthy upstream"] : host.length === 11 ? 404 : 200;
  const { check } = await checked(at, { count: 20 });
  assert.equal(check.served, 9);
  assert.equal(check.unserved.size, 11);
  assert.deepEqual(check.missingByClass, { "http-503": 1, "http-404": 10 });
  assert.deepEqual(check.missing[0], {
    route: "ns/r0",
    answerClass: "http-503",
    text: "no healthy upstream",
  });
  assert.equal(check.missing.length, 1 + MOST_EXAMPLES);
});

Deno.test("no round begins after the time is over, and the first one always does", async () => {
  const { check } = await checked(() => 404, { count: 3, timeoutMs: 0 });
  assert.deepEqual([check.rounds, check.asked], [1, 3]);
  const late = await checked(() => 404, { count: 3, timeoutMs: 125 });
  assert.deepEqual([late.check.rounds, late.check.asked], [2, 6]);
});

Deno.test("no routes at all are all served", async () => {
  const { check } = await checked(() => 404, { count: 0 });
  assert.deepEqual([check.served, check.rounds], [0, 1]);
});

Deno.test("a check ends with its signal, in a round or between two", async () => {
  for (const atMs of [5, 50]) {
    const clock = new FakeClock();
    const abort = new AbortController();
    const asker = new HostAsker(clock, () => 404);
    const options = { clock, asker, routes: routes(40), timeoutMs: 1_000, signal: abort.signal };
    const result = checkServed(options);
    result.catch(() => {});
    await clock.advance(atMs);
    abort.abort(new Error("enough"));
    await assert.rejects(result, /enough/);
    assert.equal(clock.sleeperCount, 0);
  }
});
