import assert from "node:assert/strict";
import type { RawRequest } from "../../kube/cluster.ts";
import { readPodLog } from "../../kube/pod_log.ts";

Deno.test("the last lines of one container are asked for, and never all of its log", async () => {
  const calls: string[] = [];
  const read = (answer: unknown) => {
    const request = ({ method, path }: RawRequest) => {
      calls.push(`${method} ${path}`);
      return Promise.resolve(answer);
    };
    const pod = { namespace: "n", name: "p" };
    return readPodLog({ request }, pod, { container: "c", tailLines: 5 });
  };
  assert.equal(await read("one\ntwo\n"), "one\ntwo\n");
  assert.equal(await read(undefined), "");
  assert.equal(await read({ level: "info" }), '{"level":"info"}', "a log that is JSON by chance");
  assert.deepEqual([...new Set(calls)], [
    "GET /api/v1/namespaces/n/pods/p/log?container=c&tailLines=5&limitBytes=65536",
  ]);
});
