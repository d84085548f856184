import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import {
  RATE_LIMIT_POLICIES as REQUESTS,
  TOKEN_RATE_LIMIT_POLICIES as TOKENS,
} from "../../../../kube/kuadrant/kinds.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { limitPoliciesOf } from "../../../../probes/maas/policies/limit_policies.ts";
import type { LimitCanary } from "../../../../probes/maas/policies/limit_trial.ts";
import {
  type Proof,
  type ProofOptions,
  proveRaised,
} from "../../../../probes/maas/policies/prove_limits.ts";
import { raiseLimits } from "../../../../probes/maas/policies/raise_limits.ts";
import { restoreLimits } from "../../../../probes/maas/policies/restore_limits.ts";
import {
  GATEWAY,
  limit,
  MaasWorld,
  REQUEST_LIMITS,
  TO_GATEWAY,
  TOKEN_LIMITS,
} from "../maas_world.ts";

const TOKENS_PER_ANSWER = 10;
const MINUTES_3_MS = 180_000;

/** A limiter that counts in a fixed window, which the first request opens, and has heard of a policy. */
class Limiter {
  readonly #world: MaasWorld;
  /** What it goes by; the policy's own number until a test says otherwise. */
  limit: (policy: number) => number = (policy) => policy;
  /** Of all users together. */
  isShared = false;
  asked = 0;
  #counts = new Map<string, { count: number; endMs: number }>();

  constructor(world: MaasWorld) {
    this.#world = world;
  }

  canary(user: string): LimitCanary {
    return { ask: ({ maxTokens }) => this.#ask(this.isShared ? "all" : user, maxTokens) };
  }

  /** What others have used. */
  use(user: string, count: number): void {
    this.#counts.set(user, { count, endMs: this.#world.cluster.clock.now() + 120_000 });
  }

  async #ask(user: string, maxTokens: number) {
    this.asked++;
    const { cluster } = this.#world;
    const [kind, ref] = await this.#policy();
    const policy = Number(
      /"limit":(\d+)/.exec(JSON.stringify(await this.#world.spec(kind, ref)))![1],
    );
    const nowMs = cluster.clock.now();
    let counted = this.#counts.get(user);
    if (counted === undefined || counted.endMs <= nowMs) {
      this.#counts.set(user, counted = { count: 0, endMs: nowMs + 120_000 });
    }
    if (counted.count >= this.limit(policy)) throw new OperationFailedError("rate-limited", "429");
    const totalTokens = Math.min(maxTokens, TOKENS_PER_ANSWER);
    counted.count += kind === REQUESTS ? 1 : totalTokens;
    return {
      usage: { promptTokens: 0, completionTokens: totalTokens, totalTokens },
      tokenTimesMs: [],
    };
  }

  async #policy() {
    const { items } = await this.#world.cluster.list(REQUESTS);
    return items.length > 0 ? [REQUESTS, REQUEST_LIMITS] as const : [TOKENS, TOKEN_LIMITS] as const;
  }
}

function free(rate: unknown, more: Readonly<Record<string, unknown>> = {}): KubeObject {
  const limits = { free: { ...limit("free", [rate]), ...more } };
  return { metadata: REQUEST_LIMITS, spec: { targetRef: TO_GATEWAY, limits } };
}

async function raisedWorld(object: KubeObject = free({ limit: 5, window: "2m" }), kind = REQUESTS) {
  const world = await MaasWorld.with([[kind, object]]);
  const { cluster, run, context } = world;
  const raised = await world.advance(raiseLimits(run, {
    cluster,
    identity: { runId: run.id, command: "maas users" },
    limits: await limitPoliciesOf(cluster, { gateway: GATEWAY, ...context }),
    wanted: { requests: 10_000, tokens: 10_000_000 },
    enforcedTimeoutMs: 1_000,
  }));
  world.warnings.length = 0;
  const limiter = new Limiter(world);
  let users = 0;
  const proof = (mostMs = MINUTES_3_MS): ProofOptions => ({
    canaryFor: (tier) => limiter.canary(`${tier}-${users++}`),
    mostMs,
    mostRequests: 50,
  });
  const restore = (options = proof()) => world.advance(restoreLimits(run, raised, options), 1_000);
  return { world, raised, limiter, proof, restore };
}

function textOf(proofs: readonly Proof[]): string[] {
  return proofs.map(({ state, why }) => `${state}: ${why}`);
}

Deno.test("a limit of requests is seen to refuse at its old number, with no request more", async () => {
  const { world, limiter, restore } = await raisedWorld();
  await using _world = world;
  const proofs = await restore();
  assert.deepEqual(textOf(proofs), ["seen: refused after 5 requests (5 tokens)"]);
  assert.equal(limiter.asked, 6);
  assert.deepEqual(world.warnings.filter((line) => !line.startsWith("limits-unsure")), []);
  assert.deepEqual(world.run.pendingUndos.length, 1, "which finds nothing to do");
  assert.deepEqual(await world.undo(), []);
});

Deno.test("a limit of tokens is seen by what answers used up", async () => {
  const object = {
    metadata: TOKEN_LIMITS,
    spec: { targetRef: TO_GATEWAY, limits: { free: limit("free", [{ limit: 35, window: "2m" }]) } },
  };
  const { world, restore } = await raisedWorld(object, TOKENS);
  await using _world = world;
  assert.deepEqual(textOf(await restore()), ["seen: refused after 4 requests (40 tokens)"]);
});

Deno.test("a limit that goes on to let more through than it should is a failure", async () => {
  const { world, limiter, restore } = await raisedWorld();
  await using _world = world;
  limiter.limit = () => 10_000;
  const [only] = await restore();
  assert.equal(only?.state, "wrong");
  assert.match(only!.why, /^\d+ requests \(\d+ tokens\) got through$/);
  assert.ok(limiter.asked < 30, `${limiter.asked} questions`);
  assert.match(world.warnings.at(-1)!, /^limits-not-back: .*free \(5 requests in 2m0s\)/);
});

Deno.test("a limiter that hears of it late is waited for, with a question every few seconds", async () => {
  const { world, limiter, restore } = await raisedWorld();
  await using _world = world;
  const heardMs = world.cluster.clock.now() + 62_000;
  limiter.limit = (policy) => world.cluster.clock.now() < heardMs ? 10_000 : policy;
  const [only] = await restore();
  assert.equal(only?.state, "seen");
  assert.ok(limiter.asked < 25, `${limiter.asked} questions`);
});

Deno.test("where the count was used by others a whole window passes, and then the number is right", async () => {
  const { world, limiter, restore } = await raisedWorld();
  await using _world = world;
  limiter.isShared = true;
  limiter.use("all", 3);
  const startMs = world.cluster.clock.now();
  assert.deepEqual(textOf(await restore()), ["seen: refused after 5 requests (5 tokens)"]);
  assert.ok(world.cluster.clock.now() - startMs >= 120_000);
});

Deno.test("a count for everybody is not asked about before its window has passed", async () => {
  const { world, limiter, restore } = await raisedWorld(
    free({ limit: 5, window: "2m" }, { counters: [] }),
  );
  await using _world = world;
  limiter.isShared = true;
  limiter.use("all", 7);
  assert.deepEqual(textOf(await restore()), ["seen: refused after 5 requests (5 tokens)"]);
  assert.equal(limiter.asked, 6);
});

Deno.test("nobody waits for a window that is longer than the proof may take, and nothing is claimed", async () => {
  const { world, limiter, proof, restore } = await raisedWorld(
    free({ limit: 5, window: "24h" }, { counters: [] }),
  );
  await using _world = world;
  const startMs = world.cluster.clock.now();
  const [only] = await restore(proof());
  assert.equal(only?.state, "unknown");
  assert.match(only!.why, /its window of 24h0m takes longer than the .* that are left/);
  assert.equal(limiter.asked, 0);
  assert.ok(world.cluster.clock.now() - startMs < MINUTES_3_MS);
  assert.match(world.warnings.at(-1)!, /^limits-not-proved: /);
});

Deno.test("a limit that takes more requests to reach than a proof may is not tried", async () => {
  const { world, limiter, restore } = await raisedWorld(free({ limit: 50, window: "1m" }));
  await using _world = world;
  assert.deepEqual(textOf(await restore()), [
    "unknown: it would take 51 requests, and 50 are the most",
  ]);
  assert.equal(limiter.asked, 0);
});

Deno.test("a limit of more tokens than a proof may use up is not tried", async () => {
  const many = limit("free", [{ limit: 50_000, window: "1m" }]);
  const object = { metadata: TOKEN_LIMITS, spec: { targetRef: TO_GATEWAY, limits: { many } } };
  const { world, limiter, restore } = await raisedWorld(object, TOKENS);
  await using _world = world;
  assert.deepEqual(textOf(await restore()), [
    "unknown: it would take 50000 tokens, and 20000 are the most",
  ]);
  assert.equal(limiter.asked, 0);
});

Deno.test("of tokens that answers do not count nothing is claimed", async () => {
  const few = limit("free", [{ limit: 35, window: "1m" }]);
  const object = { metadata: TOKEN_LIMITS, spec: { targetRef: TO_GATEWAY, limits: { few } } };
  const { world, restore } = await raisedWorld(object, TOKENS);
  await using _world = world;
  const canary = { ask: () => Promise.resolve({ usage: undefined, tokenTimesMs: [] }) };
  const proofs = await restore({ canaryFor: () => canary, mostMs: MINUTES_3_MS });
  assert.deepEqual(textOf(proofs), [
    "unknown: answers do not tell how many tokens they took",
  ]);
});

Deno.test("answers that take long end a proof when its time is over", async () => {
  const { world, limiter, proof, restore } = await raisedWorld();
  await using _world = world;
  const quick = limiter.canary("slow");
  const { clock } = world.cluster;
  const slow: LimitCanary = {
    async ask(options) {
      await clock.sleepUntil(clock.now() + 20_000);
      return await quick.ask(options);
    },
  };
  const [only] = await restore({ ...proof(50_000), canaryFor: () => slow });
  assert.equal(only?.state, "unknown");
  assert.match(only!.why, /^3 requests \(3 tokens\) were all that there was time for/);
});

Deno.test("a question that fails for another reason proves nothing, and limits are back all the same", async () => {
  const { world, restore } = await raisedWorld();
  await using _world = world;
  const canary = { ask: () => Promise.reject(new OperationFailedError("timeout", "no answer")) };
  const proofs = await restore({ canaryFor: () => canary, mostMs: MINUTES_3_MS });
  assert.deepEqual(textOf(proofs), ["unknown: the question failed: no answer"]);
  assert.match(JSON.stringify(await world.spec(REQUESTS, REQUEST_LIMITS)), /"limit":5/);
});

Deno.test("without a proof limits are given back, and it is said that nobody asked", async () => {
  const { world, proof, restore } = await raisedWorld();
  await using _world = world;
  assert.deepEqual(await restore(proof(0)), []);
  assert.match(world.warnings.at(-1)!, /^limits-not-proved: /);
  assert.match(JSON.stringify(await world.spec(REQUESTS, REQUEST_LIMITS)), /"limit":5/);
});

Deno.test("a run that is stopped gives limits back when it is undone, unproved", async () => {
  const { world, limiter, restore } = await raisedWorld();
  await using _world = world;
  world.run.stop("interrupted");
  assert.deepEqual(await restore(), []);
  assert.equal(limiter.asked, 0);
  assert.deepEqual(await world.undo(), []);
  assert.match(JSON.stringify(await world.spec(REQUESTS, REQUEST_LIMITS)), /"limit":5/);
});

Deno.test("a limit that somebody else has changed is theirs, and nothing is proved of it", async () => {
  const { world, limiter, restore } = await raisedWorld();
  await using _world = world;
  const path = "/spec/limits/free/rates/0/limit";
  await world.write(REQUESTS, REQUEST_LIMITS, [{ op: "replace", path, value: 7 }]);
  assert.deepEqual(await restore(), []);
  assert.equal(limiter.asked, 0);
  assert.match(world.warnings.at(-1)!, /^limits-not-proved: .*somebody else has changed/);
});

Deno.test("raised limits are seen by one request more than the old ones let through", async () => {
  const { world, raised, limiter, proof } = await raisedWorld();
  await using _world = world;
  const prove = () => world.advance(proveRaised(world.run, raised.policies, proof()), 1_000);
  assert.deepEqual(textOf(await prove()), ["seen: 6 requests (6 tokens) got through"]);
  limiter.limit = () => 5;
  assert.deepEqual(textOf(await prove()), ["wrong: still refused after 5 requests (5 tokens)"]);
  limiter.limit = () => 3;
  assert.deepEqual(textOf(await prove()), [
    "unknown: refused after 3 requests (3 tokens), by another limit",
  ]);
});
