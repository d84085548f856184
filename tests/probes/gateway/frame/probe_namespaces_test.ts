import assert from "node:assert/strict";
import { HTTP_ROUTES, REFERENCE_GRANTS } from "../../../../kube/gateway_api/kinds.ts";
import { SERVICES } from "../../../../kube/resource.ts";
import { attachedRoutesCommand } from "../../../../probes/gateway/attached_routes/command.ts";
import { namespacesOf } from "../../../../probes/gateway/frame/probe_namespaces.ts";
import { invocationOf } from "../invocation.ts";

const VALUES = { namespace: "load", backend: "shop/web:80" };
const ROUTES = [{ kind: HTTP_ROUTES, mostAtOnce: 5 }];

Deno.test("routes are made where routes are, and a grant where the backend is", () => {
  const { all, ofRoutes, of } = namespacesOf(VALUES, { objects: ROUTES });
  assert.deepEqual([all, ofRoutes], [["load", "shop"], ["load"]]);
  assert.deepEqual([of(HTTP_ROUTES), of(REFERENCE_GRANTS)], [["load"], ["shop"]]);
});

Deno.test("a backend in the namespace of the routes takes no grant", () => {
  const { all, objects } = namespacesOf({ ...VALUES, backend: "load/web:80" }, { objects: ROUTES });
  assert.deepEqual(all, ["load"]);
  assert.ok(objects.every(({ kind }) => kind === HTTP_ROUTES));
});

Deno.test("what the backend's owner has to allow is one look at it, and the grant", async () => {
  const args = ["--gateways", "infra/gw", "--backend", "shop/web:80", "-n", "load"];
  const { rights } = await attachedRoutesCommand.needs(
    await invocationOf(attachedRoutesCommand, args),
  );
  const there = rights.filter(({ namespace }) => namespace === "shop");
  assert.deepEqual(new Set(there.map(({ kind }) => kind)), new Set([SERVICES, REFERENCE_GRANTS]));
  const simulated = rights.filter(({ namespace }) => namespace === "load-sim");
  assert.ok(simulated.length > 0 && simulated.every(({ kind }) => kind !== HTTP_ROUTES));
});
