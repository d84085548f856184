import assert from "node:assert/strict";
import fc from "fast-check";
import { RunObjects } from "../../drivers/run_objects.ts";
import { objectNames } from "../../kube/owned/object_names.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";

Deno.test("no two generators, nor stages, have an object of the same name where they number apart", () => {
  const asked = fc.array(fc.array(fc.integer({ min: 1, max: 500 })), { maxLength: 4 });
  fc.assert(fc.property(fc.array(asked, { minLength: 1, maxLength: 5 }), (generators) => {
    const names = generators.flatMap((stages, index) => {
      let objects = new RunObjects({
        identity: { runId: "r", command: "cmdriver" },
        share: { index, of: generators.length },
        isApart: true,
        namespaces: ["a"],
        resource: CONFIG_MAPS,
        nameOf: objectNames({ runId: "r", highest: 9 }),
        make: () => ({ metadata: {} }),
      });
      return stages.flatMap((indices) => {
        const named = [...new Set(indices)].map((number) => objects.refOf(number).name);
        objects = objects.following();
        return named;
      });
    });
    assert.equal(new Set(names).size, names.length);
  }));
});

Deno.test("no two stages have an object of the same name, whatever each of them asked for", () => {
  const asked = fc.array(fc.array(fc.integer({ min: 1, max: 500 })), { maxLength: 6 });
  fc.assert(fc.property(asked, (stages) => {
    let objects = new RunObjects({
      identity: { runId: "r", command: "cmdriver" },
      namespaces: ["a", "b"],
      resource: CONFIG_MAPS,
      nameOf: objectNames({ runId: "r", highest: 9 }),
      make: () => ({ metadata: {} }),
    });
    const names: string[] = [];
    for (const indices of stages) {
      const distinct = [...new Set(indices)];
      names.push(...distinct.map((index) => objects.refOf(index).name));
      objects = objects.following();
    }
    assert.equal(new Set(names).size, names.length);
  }));
});
