import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import {
  BUILT_IN,
  readTemplate,
  whyNotBackedUp,
  workspaceAfter,
} from "../../../../probes/backup/load/template.ts";

function specWith(template: Record<string, unknown>) {
  return { spec: { template } };
}

const CONTAINER = { name: "dev", container: { image: "a" } };

Deno.test("the built-in workspace has something to back up", () => {
  assert.equal(whyNotBackedUp(BUILT_IN), undefined);
});

Deno.test("workspaces that the operator never backs up are known by their template", () => {
  for (const type of ["ephemeral", "async"]) {
    const attributes = { "controller.devfile.io/storage-type": type };
    const why = whyNotBackedUp(specWith({ attributes, components: [CONTAINER] }));
    assert.match(why ?? "", new RegExp(`storage is ${type}`));
  }
  const bare = { name: "dev", container: { image: "a", mountSources: false } };
  const gone = { name: "tmp", volume: { ephemeral: true } };
  assert.match(whyNotBackedUp(specWith({ components: [bare, gone] })) ?? "", /nothing to back up/);
});

Deno.test("what may have a volume is not refused", () => {
  const bare = { name: "dev", container: { image: "a", mountSources: false } };
  const volume = { name: "data", volume: { size: "1Gi" } };
  for (
    const template of [
      { components: [CONTAINER] },
      { components: [bare, volume] },
      { components: [bare], parent: { id: "nodejs" } },
      { components: [bare, { name: "editor", plugin: { id: "x" } }] },
    ]
  ) assert.equal(whyNotBackedUp(specWith(template)), undefined);
});

Deno.test("a workspace after a template has its spec and annotations, and none of its labels", () => {
  const text = JSON.stringify({
    kind: "DevWorkspace",
    metadata: { name: "mine", labels: { a: "b" }, annotations: { c: "d" } },
    spec: { started: false, routingClass: "basic", template: { components: [CONTAINER] } },
  });
  const made = workspaceAfter(readTemplate(text, "mine.json"), {
    ...{ namespace: "ns", name: "dw-test-1", labels: { "load-test": "test-type" } },
    started: true,
  });
  assert.deepEqual(made, {
    apiVersion: "workspace.devfile.io/v1alpha2",
    kind: "DevWorkspace",
    metadata: {
      namespace: "ns",
      name: "dw-test-1",
      labels: { "load-test": "test-type" },
      annotations: { c: "d" },
    },
    spec: { started: true, routingClass: "basic", template: { components: [CONTAINER] } },
  });
});

Deno.test("a template may be YAML, and what is none is refused with its place", () => {
  const yaml = "kind: DevWorkspace\nspec:\n  template:\n    components: []\n";
  assert.deepEqual(readTemplate(yaml, "a.yaml").spec, { template: { components: [] } });
  const refused: readonly [text: string, words: RegExp][] = [
    ["kind: [", /a\.yaml is neither JSON nor YAML: line 1, column \d+/],
    ["kind: Pod", /is to hold one DevWorkspace with spec\.template, not Pod/],
    ["[]", /not no kind/],
  ];
  for (const [text, words] of refused) {
    assert.throws(
      () => readTemplate(text, "a.yaml"),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  }
});
