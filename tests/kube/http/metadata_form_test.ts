import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { HttpCluster } from "../../../kube/http/http_cluster.ts";
import type { HttpConnection } from "../../../kube/http/http_connection.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { isAlreadyExists } from "../../../kube/status_error.ts";
import { type Answering, ApiPeer, statusAnswer } from "../../support/api_peer.ts";
import { openConnection } from "../../support/api_target.ts";

const ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const META = { metadata: { name: "a", namespace: "ns", resourceVersion: "7" } };

async function opened(answer: Answering, { connections = 1 } = {}) {
  const peer = new ApiPeer(answer);
  const opened: HttpConnection[] = [];
  for (let k = 0; k < connections; k++) opened.push(await openConnection(peer.url));
  return {
    peer,
    lean: new HttpCluster(opened, { form: "metadata", watchesApart: true }),
    async [Symbol.asyncDispose]() {
      for (const connection of opened) connection[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a create sends the whole object and asks for its metadata alone", async () => {
  await using test = await opened(() => META);
  const { peer, lean } = test;
  const object = { ...META, data: { k: "v" } };
  const written = await lean.create(CONFIG_MAPS, object, { fieldManager: "me" });
  assert.equal(written.object.metadata.resourceVersion, "7");
  assert.deepEqual(peer.lines, [
    "POST /api/v1/namespaces/ns/configmaps?fieldManager=me&fieldValidation=Strict",
  ]);
  assert.equal(peer.last.headers.get("accept"), ONE);
  assert.equal(peer.last.headers.get("content-type"), "application/json");
  assert.deepEqual(JSON.parse(peer.last.body), {
    apiVersion: "v1",
    kind: "ConfigMap",
    ...object,
  });
});

Deno.test("get, list and watch ask for metadata alone", async () => {
  const lines = [{ type: "ADDED", object: META }, { type: "DELETED", object: META }];
  await using test = await opened(({ query, path }) =>
    query.includes("watch=true")
      ? new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
      : path.endsWith("/a")
      ? META
      : { metadata: { resourceVersion: "9" }, items: null }
  );
  const { peer, lean } = test;
  await lean.get(CONFIG_MAPS, { namespace: "ns", name: "a" });
  assert.equal(peer.last.headers.get("accept"), ONE);
  const list = await lean.list(CONFIG_MAPS, { namespace: "ns", labelSelector: "a=b", limit: 5 });
  assert.deepEqual(list.items, []);
  assert.equal(peer.last.headers.get("accept"), LIST);
  const types: string[] = [];
  let isOpen = false;
  const options = { resourceVersion: "9", onOpen: () => void (isOpen = true) };
  for await (const { type } of lean.watch(CONFIG_MAPS, options)) types.push(type);
  assert.deepEqual([types, isOpen], [["ADDED", "DELETED"], true]);
  assert.equal(peer.last.headers.get("accept"), ONE);
  assert.deepEqual(peer.lines, [
    "GET /api/v1/namespaces/ns/configmaps/a",
    "GET /api/v1/namespaces/ns/configmaps?labelSelector=a%3Db&limit=5",
    "GET /api/v1/configmaps?resourceVersion=9&watch=true",
  ]);
});

Deno.test("watches have the first connection for themselves, all else goes over the others in turn", async () => {
  const line = `${JSON.stringify({ type: "ADDED", object: META })}\n`;
  await using test = await opened(
    ({ query }) => query.includes("watch=true") ? new Response(line) : META,
    { connections: 3 },
  );
  const { peer, lean } = test;
  for (let k = 0; k < 2; k++) for await (const _ of lean.watch(CONFIG_MAPS));
  for (let k = 0; k < 4; k++) await lean.create(CONFIG_MAPS, META);
  const [watching, ...others] = peer.clientPorts;
  assert.deepEqual(peer.received.map(({ port }) => port), [
    watching,
    watching,
    ...others,
    ...others,
  ]);
  assert.equal(others.length, 2);
});

Deno.test("refusals are the server's, and an answer that is no object is one", async () => {
  await using refusing = await opened(() => statusAnswer(409, { reason: "AlreadyExists" }));
  await assert.rejects(refusing.lean.create(CONFIG_MAPS, META), isAlreadyExists);
  await using strange = await opened(() => new Response("<html>"));
  await assert.rejects(strange.lean.create(CONFIG_MAPS, META), (error) => {
    assert.ok(error instanceof OperationFailedError);
    assert.equal(error.reason, "protocol");
    return true;
  });
});
