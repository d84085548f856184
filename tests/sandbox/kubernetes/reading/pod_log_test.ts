import assert from "node:assert/strict";
import { logAnnotation } from "../../../../sandbox/kubernetes/reading/pod_log.ts";
import { ApiUnderTest } from "../api_under_test.ts";

const PODS = "/api/v1/namespaces/default/pods";
const LOG = `${PODS}/p/log`;

async function withPod(api: ApiUnderTest, status: unknown, names = ["main"]): Promise<void> {
  const containers = names.map((name) => ({ name, image: "i" }));
  const annotations = { [logAnnotation("main")]: "one\ntwo\nthree\n" };
  const pod = { metadata: { name: "p", annotations }, spec: { containers } };
  await api.ask(PODS, { method: "POST", body: JSON.stringify(pod) });
  await api.ask(`${PODS}/p/status`, {
    method: "PATCH",
    body: JSON.stringify({ status }),
    headers: new Headers({ "content-type": "application/merge-patch+json" }),
  });
}

async function refusal(api: ApiUnderTest, path: string): Promise<[number, string | undefined]> {
  const { status, body } = await api.ask(path);
  return [status, body.message];
}

Deno.test("the log of a pod is what its container has printed, or the end of it, as text", async () => {
  using api = new ApiUnderTest();
  await withPod(api, {});
  const answer = await api.send(LOG);
  assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await answer.text(), "one\ntwo\nthree\n");
  assert.equal(await (await api.send(`${LOG}?tailLines=2`)).text(), "two\nthree\n");
  assert.equal(await (await api.send(`${LOG}?limitBytes=3&container=main`)).text(), "one");
});

Deno.test("of several containers one has to be named, and one that the pod has", async () => {
  using api = new ApiUnderTest();
  await withPod(api, {}, ["main", "other"]);
  assert.deepEqual(await refusal(api, LOG), [
    400,
    "a container name must be specified for pod p, choose one of: [main other]",
  ]);
  assert.deepEqual(await refusal(api, `${LOG}?container=x`), [
    400,
    "container x is not valid for pod p",
  ]);
  assert.equal(await (await api.send(`${LOG}?container=other`)).text(), "");
});

Deno.test("a container that has not begun has no log, and its pod says why", async () => {
  using api = new ApiUnderTest();
  await withPod(api, {
    conditions: [{ type: "PodScheduled", status: "True" }],
    containerStatuses: [{ name: "other", state: { waiting: { reason: "PodInitializing" } } }],
  }, ["main", "other"]);
  assert.deepEqual(await refusal(api, `${LOG}?container=other`), [
    400,
    'container "other" in pod "p" is waiting to start: PodInitializing',
  ]);
  assert.deepEqual(await refusal(api, `${LOG}?container=main&previous=true`), [
    400,
    'previous terminated container "main" in pod "p" not found',
  ]);
  assert.equal((await api.send(`${PODS}/nobody/log`)).status, 404);
});
