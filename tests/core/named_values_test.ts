import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { Recorder } from "../../core/measure/recorder.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { ownValue, setOwnValue } from "../../core/named_values.ts";
import { namedValues } from "../../core/named_values_schema.ts";
import { RunReporter } from "../../core/report/run_reporter.ts";
import { RunDirectory } from "../../core/run_log/run_directory.ts";
import { parseBytes } from "../../core/units.ts";
import { reasonOf } from "../../kube/status_error.ts";
import { mergePatched } from "../../sandbox/kubernetes/patches/merge_patch.ts";
import { parseMessage } from "../../watchers/steve/fleet/messages.ts";
import { SAMPLE_MANIFEST } from "../support/sample_report.ts";
import { TempDir } from "../support/scaletool.ts";

/** What every object has already, and ordinary names. */
const name = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"),
  fc.string({ minLength: 1, maxLength: 5 }),
);

Deno.test("namedValues() keeps every name, and refuses what has a wrong value", () => {
  const schema = namedValues(z.number());
  fc.assert(fc.property(fc.uniqueArray(name), (names) => {
    const object = Object.fromEntries(names.map((one, index) => [one, index]));
    deepStrictEqual(Object.entries(schema.parse(object)), Object.entries(object));
  }));
  for (const wrong of [{ a: "1" }, [1], null, 1, JSON.parse('{"__proto__":"1"}')]) {
    strictEqual(schema.safeParse(wrong).success, false);
  }
});

Deno.test("what is set under a name is found under it, and nothing else is", () => {
  fc.assert(fc.property(name, fc.integer(), (one, value) => {
    const object: Record<string, number> = {};
    strictEqual(ownValue(object, one), undefined);
    setOwnValue(object, one, value);
    strictEqual(ownValue(object, one), value);
    deepStrictEqual(Object.keys(object), [one]);
  }));
});

Deno.test("what a table does not hold is not in it, though every object inherits it", () => {
  throws(() => parseBytes("5constructor"), SyntaxError);
  strictEqual(reasonOf({ reason: "constructor", code: 409 }), "http-409");
  strictEqual(parseMessage('{"name":"constructor"}').kind, "other");
});

Deno.test("a patch of a name that every object inherits makes a member of it", () => {
  fc.assert(fc.property(name, (one) => {
    const patch = Object.fromEntries([[one, "x"]]);
    deepStrictEqual(Object.entries(mergePatched({}, patch) as object), [[one, "x"]]);
  }));
});

Deno.test("any run id, label, fact, operation, tag and failure reason comes out in result.json", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ runId: name, label: name, fact: name, op: name, tag: name, counter: name }),
      fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      async ({ runId, label, fact, op, tag, counter }, reasons) => {
        await using dir = new TempDir();
        const directory = RunDirectory.create(dir.file("run"), {
          ...SAMPLE_MANIFEST,
          runId,
          warmUpMs: 0,
          labels: Object.fromEntries([[label, "x"]]),
          facts: Object.fromEntries([[fact, "y"]]),
        });
        const reporter = new RunReporter(directory);
        const recorder = new Recorder({ startMs: 0 });
        const tags = Object.fromEntries([[tag, "z"]]);
        for (let second = 1; second <= 2; second++) {
          for (const reason of reasons) {
            const outcome = { kind: "failed", reason: reason as FailureReason } as const;
            recorder.record({ op, tags, dueMs: 0, sentMs: 0, doneMs: 1, outcome });
          }
          recorder.count(counter, 1, { atMs: 0, tags });
          for (const interval of recorder.rotate(second * 1_000)) {
            reporter.log({ type: "interval", interval });
          }
        }
        await reporter.write();
        directory.close();
        const { manifest, summary } = JSON.parse(
          Deno.readTextFileSync(dir.file("run/result.json")),
        );
        strictEqual(manifest.runId, runId);
        deepStrictEqual(Object.entries(manifest.labels), [[label, "x"]]);
        deepStrictEqual(Object.entries(manifest.facts), [[fact, "y"]]);
        const [operation] = summary.operations;
        strictEqual(operation.op, op);
        strictEqual(operation.failed, 2 * reasons.length);
        deepStrictEqual(Object.entries(operation.tags), [[tag, "z"]]);
        deepStrictEqual(
          new Map(Object.entries(operation.failures)),
          new Map(reasons.map((reason) => [reason, 2])),
        );
        strictEqual(summary.counters[0].total, 2);
      },
    ),
    { numRuns: 40 },
  );
});
