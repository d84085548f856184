import assert from "node:assert/strict";
import { BUILT_IN_RESOURCES } from "../../../../sandbox/kubernetes/discovery/resources.ts";
import { objectFilter } from "../../../../sandbox/steve/reading/filter.ts";
import { builtInSchema } from "../../../../sandbox/steve/reading/schema.ts";

const CONFIG_MAPS = builtInSchema(BUILT_IN_RESOURCES.find(({ kind }) => kind === "ConfigMap")!);
const OBJECTS = ["a", "ab", "b"].map((name, index) => ({
  metadata: { name, namespace: `ns-${index}`, labels: index === 0 ? { "x.y/z": "1" } : {} },
  data: Object.fromEntries(Array.from({ length: index }, (_, key) => [key, ""])),
}));

const CHOSEN: readonly [filters: readonly string[], names: string][] = [
  [[], "a ab b"],
  [["metadata.name=a"], "a"],
  [["metadata.name==a"], "a"],
  [["metadata.name!=a"], "ab b"],
  [["metadata.name~A"], "a ab"],
  [["metadata.name!~a"], "b"],
  [["metadata.name=a,metadata.namespace=ns-2"], "a b"],
  [["metadata.name~a", "metadata.name~b"], "ab"],
  [["metadata.name in (a, b)"], "a b"],
  [["metadata.name notin (a,b)"], "ab"],
  [['metadata.name="ab"'], "ab"],
  [["metadata.fields[1]>0"], "ab b"],
  [["metadata.fields[1]<1"], "a"],
  [["metadata.labels[x.y/z]=1"], "a"],
  [["!metadata.labels[x.y/z]"], "ab b"],
  [["metadata.labels[x.y/z]"], "a"],
  [["id=ns-1/ab"], "ab"],
];
for (const [filters, names] of CHOSEN) {
  Deno.test(`the filters ${JSON.stringify(filters)} choose ${names}`, () => {
    const isChosen = objectFilter(filters, CONFIG_MAPS);
    assert.equal(OBJECTS.filter(isChosen).map(({ metadata }) => metadata.name).join(" "), names);
  });
}

const REFUSED: readonly [filter: string, status: number, message: string][] = [
  ["spec.x=1", 422, "column is invalid [spec.x]: supplied column is invalid"],
  [
    "metadata.fields[3]=1",
    422,
    "column is invalid [metadata.fields[3]]: supplied column is invalid",
  ],
  [
    "metadata.name",
    500,
    "existence tests are valid only for labels; not valid for field 'metadata.name'",
  ],
  ["(((", 500, "found '(', expected: !, identifier, or 'end of string'"],
];
for (const [filter, status, message] of REFUSED) {
  Deno.test(`the filter "${filter}" is refused with ${status}`, () => {
    assert.throws(() => objectFilter([filter], CONFIG_MAPS), {
      name: "SteveError",
      status,
      message,
    });
  });
}
