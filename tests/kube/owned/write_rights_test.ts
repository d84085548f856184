/** Rights for objects that a run makes and removes, where it makes them. */
import assert from "node:assert/strict";
import { writeRights } from "../../../kube/owned/write_rights.ts";
import { CONFIG_MAPS, NODES } from "../../../kube/resource.ts";

Deno.test("each verb is asked for in each namespace, and once of a cluster-scoped kind", () => {
  const ask = (kind: typeof NODES) =>
    writeRights(kind, ["a", "b"]).map(({ verb, namespace }) => `${verb} ${namespace ?? ""}`.trim());
  assert.deepEqual(ask(CONFIG_MAPS), [
    ...["create a", "list a", "delete a", "deletecollection a"],
    ...["create b", "list b", "delete b", "deletecollection b"],
  ]);
  assert.deepEqual(ask(NODES), ["create", "list", "delete", "deletecollection"]);
});
