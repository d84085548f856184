import assert from "node:assert/strict";
import fc from "fast-check";
import { ANNOTATION } from "../../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { isEligible } from "../../../../sandbox/devworkspace/backups/eligibility.ts";

const TICK_MS = Date.parse("2026-01-01T00:01:00Z");

function at(seconds: number): string {
  return new Date(TICK_MS + 1_000 * seconds).toISOString().replace(".000Z", "Z");
}

function stopped(
  { since = 0, phase = "Stopped", outcome }: {
    /** Seconds after the tick. */
    readonly since?: number;
    readonly phase?: string;
    readonly outcome?: { readonly isSuccessful: boolean; readonly finished: number };
  },
): KubeObject {
  const started = { type: "Started", status: "False", lastTransitionTime: at(since) };
  return {
    metadata: {
      name: "w",
      ...(outcome === undefined ? {} : {
        annotations: {
          [ANNOTATION.lastBackupSuccessful]: String(outcome.isSuccessful),
          [ANNOTATION.lastBackupFinishedAt]: at(outcome.finished),
        },
      }),
    },
    status: { phase, conditions: [started] },
  };
}

Deno.test("before the first tick every stopped workspace is backed up, and no other one", () => {
  assert.equal(isEligible(stopped({}), undefined), true);
  for (const phase of ["Running", "Stopping", "Failed", "Starting"]) {
    assert.equal(isEligible(stopped({ phase }), undefined), false, phase);
  }
});

Deno.test("without an outcome it counts alone whether it was stopped after the last tick's second", () => {
  fc.assert(fc.property(fc.integer({ min: -100, max: 100 }), (since) => {
    assert.equal(isEligible(stopped({ since }), TICK_MS), since > 0);
  }));
});

Deno.test("with an outcome the tick does not count: a failure is tried again, a success is not", () => {
  const offset = fc.integer({ min: -100, max: 100 });
  fc.assert(fc.property(offset, offset, fc.boolean(), (since, finished, isSuccessful) => {
    const workspace = stopped({ since, outcome: { isSuccessful, finished } });
    assert.equal(isEligible(workspace, TICK_MS), !isSuccessful || since > finished);
  }));
});
