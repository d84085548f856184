import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { placesOf } from "../../../../probes/backup/load/places.ts";

function places(options: { runId?: string; isSeparate?: boolean; count?: number } = {}) {
  const { runId = "r1", isSeparate = false, count = 12 } = options;
  return placesOf({
    identity: { runId, command: "backup run" },
    namespace: "ws",
    isSeparate,
    count,
  });
}

Deno.test("workspaces are in one namespace, or each in its own beside that of the record", () => {
  assert.deepEqual(places().workspace(7), { namespace: "ws", name: "dw-test-r1-07" });
  assert.deepEqual(places().namespaces, ["ws"]);
  const separate = places({ isSeparate: true });
  assert.deepEqual(separate.workspace(7), {
    namespace: "load-test-ns-r1-07",
    name: "dw-test-r1-07",
  });
  assert.equal(separate.namespaces[0], "ws");
  assert.equal(separate.namespaces.length, 13);
});

Deno.test("the pilot is called as no workspace is, and is where one will be", () => {
  const { pilot, workspaceNamespaces } = places({ isSeparate: true });
  assert.deepEqual(pilot, { namespace: workspaceNamespaces[0], name: "dw-test-r1-00" });
});

Deno.test("a run's id of which no names can be made is refused before anything is", () => {
  for (const runId of ["a".repeat(60), "A_b", "a.b"]) {
    assert.throws(() => places({ runId, isSeparate: true }), UsageError, runId);
  }
});
