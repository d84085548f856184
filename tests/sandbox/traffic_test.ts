import assert from "node:assert/strict";
import { CREATE_TIMESTAMP, UPDATE_TIMESTAMP } from "../../kube/sample_log/times.ts";
import { CONFIG_MAPS, FLUNDERS } from "../../kube/resource.ts";
import type { ApiCall } from "../../sandbox/kubernetes/api_state.ts";
import { Traffic } from "../../sandbox/traffic.ts";
import { FakeClock } from "../support/fake_clock.ts";

async function trafficFor(
  ms: number,
  options: { ratePerSec: number; namespaces: string[]; status?: number },
) {
  const { ratePerSec, namespaces, status = 200 } = options;
  const clock = new FakeClock();
  const calls: (ApiCall & { atMs: number })[] = [];
  const traffic = new Traffic((call) => {
    calls.push({ ...call, atMs: clock.now() });
    return Promise.resolve(new Response("{}", { status }));
  }, { clock, ratePerSec, namespaces, resources: [CONFIG_MAPS, FLUNDERS] });
  const stopping = new AbortController();
  const running = traffic.run(stopping.signal);
  await clock.advance(ms);
  const beforeStop = calls.length;
  stopping.abort();
  await running;
  assert.equal(clock.sleeperCount, 0);
  return { calls, beforeStop, traffic };
}

Deno.test("each object is made, changed half way and gone after a second", async () => {
  const { calls, beforeStop } = await trafficFor(1_900, { ratePerSec: 0.8, namespaces: ["ns"] });
  assert.deepEqual(
    calls.slice(0, beforeStop).map(({ method, path, atMs }) => `${atMs} ${method} ${path}`),
    [
      "0 POST /api/v1/namespaces",
      "0 POST /api/v1/namespaces/ns/configmaps",
      "500 PATCH /api/v1/namespaces/ns/configmaps/sandbox-traffic-000001",
      "1000 DELETE /api/v1/namespaces/ns/configmaps/sandbox-traffic-000001",
      "1250 POST /apis/wardle.example.com/v1alpha1/namespaces/ns/flunders",
      "1750 PATCH /apis/wardle.example.com/v1alpha1/namespaces/ns/flunders/sandbox-traffic-000002",
    ],
  );
});

Deno.test("objects carry the times of their writes as the drivers' do", async () => {
  const { calls } = await trafficFor(700, { ratePerSec: 1, namespaces: ["ns"] });
  const [, create, update] = calls.map(({ body }) => body === "" ? {} : JSON.parse(body));
  assert.deepEqual(Object.keys(create.metadata.annotations), [CREATE_TIMESTAMP]);
  assert.deepEqual(create.metadata.labels, { purpose: "scaletest" });
  assert.deepEqual(Object.keys(update.metadata.annotations), [UPDATE_TIMESTAMP]);
});

Deno.test("the rate is that of all kinds in all namespaces together, which take turns", async () => {
  const { calls } = await trafficFor(9_999, { ratePerSec: 20, namespaces: ["a", "b"] });
  const creates = calls.slice(2).filter(({ method }) => method === "POST");
  assert.equal(creates.length, 200);
  const places = creates.slice(0, 4).map(({ path }) => path.replace(/.*namespaces/, ""));
  assert.deepEqual(places, ["/a/configmaps", "/b/configmaps", "/a/flunders", "/b/flunders"]);
});

Deno.test("only writes that succeed are counted", async () => {
  const options = { ratePerSec: 10, namespaces: ["a"] };
  assert.equal((await trafficFor(2_000, { ...options, status: 500 })).traffic.writes, 0);
  const { calls, traffic } = await trafficFor(2_000, options);
  assert.equal(traffic.writes, calls.length);
});
