/** What a gateway probe would do, from its plan file, with nothing contacted. */

import assert from "node:assert/strict";
import { GatewayCluster } from "../../../support/gateway_cluster.ts";

const PLAN = `gateway attached-routes:
  gateways: [infra/gw, infra/other]
  routes: 2500
  routes-per-namespace: 1000
  repeat: 3
  hold: 1s
`;

Deno.test("a plan file says what a probe does, and its dry run what that comes to; nothing is contacted", async () => {
  await using cluster = await GatewayCluster.start();
  const calls: string[] = [];
  cluster.onCall = (call) => calls.push(call);
  const plan = cluster.out("plan.yaml");
  Deno.writeTextFileSync(plan, PLAN);
  const args = ["gateway", "attached-routes", "--plan", plan, "--dry-run", "-o", "json"];
  const { code, stdout, stderr } = await cluster.run(args);
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout);
  assert.deepEqual(said.gateways, ["infra/gw", "infra/other"]);
  assert.deepEqual(said.namespaces, ["scaletest", "scaletest-2", "scaletest-3", "scaletest-sim"]);
  assert.equal(said.routes, 2500);
  assert.equal(said.pace, "25 batches of 100, 10 at a time, 100ms after each");
  assert.match(
    said.writes,
    /^5006 of routes, half of them deletes, for each Gateway; 5002 of what/,
  );
  assert.match(
    said.expectedTime,
    /^at least 6\.8s of pauses and holds, for each Gateway; the rest/,
  );
  assert.match(said.sockets, /^1 to the API server, with 5 watches; up to \d+ to data planes$/);
  assert.deepEqual(calls, []);
});

Deno.test("a plan file that says what no probe knows is refused in one line", async () => {
  await using cluster = await GatewayCluster.start();
  const plan = cluster.out("plan.yaml");
  Deno.writeTextFileSync(plan, "gateway attached-routes: {route: 5}\n");
  const { code, stderr } = await cluster.run(["gateway", "attached-routes", "--plan", plan]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^scaletool: .*route.*did you mean "routes"/);
});
