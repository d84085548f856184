/** What an earlier stage has left, because an answer was lost, is no part of the stages after it. */

import assert from "node:assert/strict";
import { HTTP_ROUTES } from "../../../../kube/gateway_api/kinds.ts";
import { GatewayCluster } from "../../../support/gateway_cluster.ts";
import { okOf } from "../reported.ts";

const PROBE = [
  ...["gateway", "route-load", "--gateways", "gateways/sandbox", "--simulate", "none"],
  ...["--routes", "20", "--sample", "5", "--changes", "5", "--idle", "1s", "--hold", "200ms"],
  ...["--duration", "1s", "--timeout", "5s", "--write-concurrency", "2"],
];

Deno.test("routes whose creates were not answered are gone before the next stage begins", async () => {
  await using cluster = await GatewayCluster.start();
  let creates = 0;
  let names: Promise<string[]> | undefined;
  cluster.onCall = (call) => {
    if (/^PATCH .*\/httproutes/.test(call)) names ??= cluster.names(HTTP_ROUTES);
    if (!/^POST .*\/httproutes/.test(call) || ++creates !== 12) return;
    // The call takes effect all the same.
    cluster.cutOff();
    void cluster.reconnect();
  };
  const out = cluster.out();
  const { code, stderr } = await cluster.run([...PROBE, "--out", out]);
  assert.equal(code, 3, stderr);
  const report = JSON.parse(Deno.readTextFileSync(`${out}/result.json`));
  const made = okOf(report, "create");
  assert.ok(made < 21, "one at least was not answered");
  assert.equal((await names)?.length, made + 1, "those that were made, and the pilot");
  assert.deepEqual(await cluster.names(HTTP_ROUTES), []);
});
