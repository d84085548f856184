/** What parts count of themselves. @module */

import assert from "node:assert/strict";
import { partCounts } from "../../../../probes/maas/frame/part_events.ts";

function countsOf(...args: Parameters<typeof partCounts>) {
  const { events, waiting } = partCounts(...args);
  return {
    ...Object.fromEntries([...events].map(([{ event }, count]) => [event, count])),
    waiting,
  };
}

Deno.test("samples of one event are added up, and those of other labels are left out", () => {
  const page = [
    'apiserver_request_total{resource="tokenreviews",code="201",verb="POST"} 5',
    'apiserver_request_total{resource="tokenreviews",code="429",verb="POST"} 2',
    'apiserver_request_total{resource="pods",code="200",verb="LIST"} 9',
  ].join("\n");
  assert.deepEqual(countsOf("API server", page), {
    "token-reviews": 7,
    "too-many": 2,
    waiting: undefined,
  });
});

Deno.test("a limiter's hits are what it charged; a model says how many wait", () => {
  const page =
    'authorized_hits{limitador_namespace="a"} 3\nauthorized_hits{limitador_namespace="b"} 4\n';
  assert.deepEqual(countsOf("limiter", page), { charged: 7, waiting: undefined });
  assert.deepEqual(countsOf("model", "vllm:num_requests_waiting 12\n"), { waiting: 12 });
});
