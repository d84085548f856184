/** When a silent connection is asked, and when it is given up. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type LifePolicy, ProofOfLife } from "../../../kube/http/proof_of_life.ts";

const POLICY: LifePolicy = { askAfterMs: 15_000, loseAfterMs: 30_000, lookEveryMs: 1_000 };

/** What is due at each look from `fromMs` to `toMs`: `15000 ask`. */
function looks(proof: ProofOfLife, fromMs: number, toMs: number): string[] {
  const due: string[] = [];
  for (let atMs = fromMs; atMs <= toMs; atMs += POLICY.lookEveryMs) {
    const step = proof.look(atMs);
    if (step !== undefined) due.push(`${atMs} ${step}`);
  }
  return due;
}

Deno.test("a silence is asked about once, and lost when nothing comes after all", () => {
  assert.deepEqual(looks(new ProofOfLife(POLICY, 0), 1_000, 30_000), ["15000 ask", "30000 lost"]);
});

Deno.test("whatever comes begins the time anew, and the next silence is asked about again", () => {
  const proof = new ProofOfLife(POLICY, 0);
  assert.deepEqual(looks(proof, 1_000, 20_000), ["15000 ask"]);
  proof.proved(20_500);
  assert.equal(proof.provenMs, 20_500);
  assert.deepEqual(looks(proof, 21_500, 50_500), ["35500 ask", "50500 lost"]);
});

Deno.test("a process that was stopped has not listened either: the other side still has its time", () => {
  const proof = new ProofOfLife(POLICY, 0);
  proof.look(1_000);
  // An hour later: two periods of it count.
  assert.equal(proof.look(3_600_000), undefined);
  assert.deepEqual(looks(proof, 3_601_000, 3_627_000), ["3612000 ask", "3627000 lost"]);
});

Deno.test("without a time to ask it is only given up", () => {
  const proof = new ProofOfLife({ ...POLICY, askAfterMs: Infinity }, 0);
  assert.deepEqual(looks(proof, 1_000, 30_000), ["30000 lost"]);
});

Deno.test("what is heard at least every 29 s is never lost, and what is silent for 31 s always is", () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 29_000 }), { maxLength: 20 });
  fc.assert(fc.property(gaps, (gapsMs) => {
    const proof = new ProofOfLife(POLICY, 0);
    let nowMs = 0;
    let lookMs = POLICY.lookEveryMs;
    const lookUntil = (untilMs: number) => {
      let isLost = false;
      for (; lookMs <= untilMs; lookMs += POLICY.lookEveryMs) {
        isLost ||= proof.look(lookMs) === "lost";
      }
      return isLost;
    };
    for (const gapMs of gapsMs) {
      nowMs += gapMs;
      if (lookUntil(nowMs)) return false;
      proof.proved(nowMs);
    }
    return lookUntil(nowMs + 31_000);
  }));
});
