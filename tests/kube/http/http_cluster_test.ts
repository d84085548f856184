/** What each call is on the wire, and what becomes of its answer. */
import assert from "node:assert/strict";
import type { CallOptions, Written } from "../../../kube/cluster.ts";
import { HttpCluster } from "../../../kube/http/http_cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES } from "../../../kube/resource.ts";
import { StatusError } from "../../../kube/status_error.ts";
import { type Answering, ApiPeer, openBody, statusAnswer } from "../../support/api_peer.ts";
import { assertFailed, failureOf, type Given, openCluster } from "../../support/api_target.ts";

const JSON_TYPE = "application/json";
const STRICT = "fieldValidation=Strict";
const MAP: KubeObject = { metadata: { namespace: "ns", name: "a" }, data: { k: "v" } };
const TYPED_MAP = { apiVersion: "v1", kind: "ConfigMap", ...MAP };
const REF = { namespace: "ns", name: "a" };

async function started(
  { answer, ...given }: Given & {
    answer?: Answering;
    connections?: number;
    nextLane?: () => number;
  } = {},
) {
  const peer = new ApiPeer(answer);
  const cluster = await openCluster(peer.url, given);
  return {
    peer,
    cluster,
    async [Symbol.asyncDispose]() {
      cluster[Symbol.dispose]();
      await peer[Symbol.asyncDispose]();
    },
  };
}

interface Case {
  readonly name: string;
  readonly call: (cluster: HttpCluster) => Promise<unknown>;
  readonly line: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

const READS: Case[] = [
  {
    name: "get() of a namespaced object of the core group",
    call: (cluster) => cluster.get(CONFIG_MAPS, REF),
    line: "GET /api/v1/namespaces/ns/configmaps/a",
  },
  {
    name: "get() of a cluster-scoped object, whatever namespace is given",
    call: (cluster) => cluster.get(NAMESPACES, REF),
    line: "GET /api/v1/namespaces/a",
  },
  {
    name: "get() of an object of a group",
    call: (cluster) => cluster.get(FLUNDERS, REF),
    line: "GET /apis/wardle.example.com/v1alpha1/namespaces/ns/flunders/a",
  },
  {
    name: "get() of a name that is not safe in a path",
    call: (cluster) => cluster.get(CONFIG_MAPS, { namespace: "a/b", name: "x?y%z ä:1" }),
    line: "GET /api/v1/namespaces/a%2Fb/configmaps/x%3Fy%25z%20%C3%A4%3A1",
  },
  {
    name: "list() of everything",
    call: (cluster) => cluster.list(CONFIG_MAPS),
    line: "GET /api/v1/configmaps",
  },
  {
    name: "list() of one namespace, empty parameters left out",
    call: (cluster) =>
      cluster.list(CONFIG_MAPS, { namespace: "ns", labelSelector: "", continue: "" }),
    line: "GET /api/v1/namespaces/ns/configmaps",
  },
  {
    name: "list() page by page, of a selection",
    call: (cluster) =>
      cluster.list(CONFIG_MAPS, {
        namespace: "",
        labelSelector: "a=b,c!=d",
        fieldSelector: "metadata.name=x",
        limit: 500,
        continue: "t/+=",
        resourceVersion: "0",
        resourceVersionMatch: "NotOlderThan",
        lane: 0,
      }),
    line: "GET /api/v1/configmaps?labelSelector=a%3Db%2Cc!%3Dd&fieldSelector=metadata.name%3Dx" +
      "&limit=500&continue=t%2F%2B%3D&resourceVersion=0&resourceVersionMatch=NotOlderThan",
  },
];

const WRITES: Case[] = [
  {
    name: "create() where the object is to be, with its kind added",
    call: (cluster) => cluster.create(CONFIG_MAPS, MAP),
    line: `POST /api/v1/namespaces/ns/configmaps?${STRICT}`,
    contentType: JSON_TYPE,
    body: TYPED_MAP,
  },
  {
    name: "create() of a cluster-scoped object with its own kind, field manager and further query",
    call: (cluster) =>
      cluster.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } }, {
        fieldManager: "me & you",
        query: { dryRun: "All" },
      }),
    line: `POST /api/v1/namespaces?fieldManager=me%20%26%20you&${STRICT}&dryRun=All`,
    contentType: JSON_TYPE,
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } },
  },
  {
    name: "create() of an object of a group",
    call: (cluster) =>
      cluster.create(FLUNDERS, { metadata: { namespace: "ns", generateName: "f-" } }),
    line: `POST /apis/wardle.example.com/v1alpha1/namespaces/ns/flunders?${STRICT}`,
    contentType: JSON_TYPE,
    body: {
      apiVersion: "wardle.example.com/v1alpha1",
      kind: "Flunder",
      metadata: { namespace: "ns", generateName: "f-" },
    },
  },
  {
    name: "create() without the check of fields where the caller says so",
    call: (cluster) => cluster.create(CONFIG_MAPS, MAP, { query: { fieldValidation: "Ignore" } }),
    line: "POST /api/v1/namespaces/ns/configmaps?fieldValidation=Ignore",
    contentType: JSON_TYPE,
    body: TYPED_MAP,
  },
  {
    name: "update() in the object's place",
    call: (cluster) => cluster.update(CONFIG_MAPS, MAP, { fieldManager: "me" }),
    line: `PUT /api/v1/namespaces/ns/configmaps/a?fieldManager=me&${STRICT}`,
    contentType: JSON_TYPE,
    body: TYPED_MAP,
  },
  {
    name: "patch() with a merge patch",
    call: (cluster) =>
      cluster.patch(CONFIG_MAPS, REF, { body: { data: { k: null } }, options: { type: "merge" } }),
    line: `PATCH /api/v1/namespaces/ns/configmaps/a?${STRICT}`,
    contentType: "application/merge-patch+json",
    body: { data: { k: null } },
  },
  {
    name: "patch() with a strategic merge patch, which knows no force",
    call: (cluster) =>
      cluster.patch(CONFIG_MAPS, REF, {
        body: { data: {} },
        options: { type: "strategic", force: true, fieldManager: "me" },
      }),
    line: `PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=me&${STRICT}`,
    contentType: "application/strategic-merge-patch+json",
    body: { data: {} },
  },
  {
    name: "patch() with a JSON patch",
    call: (cluster) =>
      cluster.patch(CONFIG_MAPS, REF, {
        body: [{ op: "remove", path: "/data/k" }],
        options: { type: "json" },
      }),
    line: `PATCH /api/v1/namespaces/ns/configmaps/a?${STRICT}`,
    contentType: "application/json-patch+json",
    body: [{ op: "remove", path: "/data/k" }],
  },
  {
    name: "patch() that applies",
    call: (cluster) =>
      cluster.patch(CONFIG_MAPS, REF, {
        body: TYPED_MAP,
        options: { type: "apply", fieldManager: "me" },
      }),
    line: `PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=me&${STRICT}`,
    contentType: "application/apply-patch+yaml",
    body: TYPED_MAP,
  },
  {
    name: "patch() that applies by force",
    call: (cluster) =>
      cluster.patch(CONFIG_MAPS, REF, {
        body: TYPED_MAP,
        options: { type: "apply", fieldManager: "me", force: true },
      }),
    line: `PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=me&${STRICT}&force=true`,
    contentType: "application/apply-patch+yaml",
    body: TYPED_MAP,
  },
  {
    name: "delete() as the server does it by itself",
    call: (cluster) => cluster.delete(CONFIG_MAPS, REF),
    line: "DELETE /api/v1/namespaces/ns/configmaps/a",
  },
  {
    name: "delete() with options",
    call: (cluster) =>
      cluster.delete(CONFIG_MAPS, REF, { propagationPolicy: "Foreground", gracePeriodSeconds: 0 }),
    line: "DELETE /api/v1/namespaces/ns/configmaps/a",
    contentType: JSON_TYPE,
    body: {
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy: "Foreground",
      gracePeriodSeconds: 0,
    },
  },
  {
    name: "deleteCollection() of a selection",
    call: (cluster) =>
      cluster.deleteCollection(CONFIG_MAPS, {
        namespace: "ns",
        labelSelector: "app.kubernetes.io/managed-by=scaletool",
        fieldSelector: "metadata.name!=x",
      }, { propagationPolicy: "Background" }),
    line: "DELETE /api/v1/namespaces/ns/configmaps" +
      "?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dscaletool&fieldSelector=metadata.name!%3Dx",
    contentType: JSON_TYPE,
    body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" },
  },
  {
    name: "deleteCollection() of cluster-scoped objects",
    call: (cluster) => cluster.deleteCollection(NAMESPACES, { labelSelector: "a" }),
    line: "DELETE /api/v1/namespaces?labelSelector=a",
  },
  {
    name: "request() as it is given",
    call: (cluster) =>
      cluster.request({ method: "POST", path: "/x?a=b", body: "text", contentType: "text/plain" }),
    line: "POST /x?a=b",
    contentType: "text/plain",
    body: "text",
  },
];

/** What a write has written, or the result itself. */
function readOut(result: unknown): unknown {
  const isWritten = typeof result === "object" && result !== null && "object" in result;
  return isWritten ? (result as Written).object : result;
}

Deno.test("each call is one request with its method, path, query, content type and body", async (t) => {
  const answer = { kind: "Any", metadata: { resourceVersion: "7" }, items: [] };
  await using world = await started({ answer: () => answer });
  const { peer, cluster } = world;
  for (const { name, call, line, contentType = null, body } of [...READS, ...WRITES]) {
    await t.step(name, async () => {
      const { length } = peer.received;
      const result = readOut(await call(cluster));
      assert.equal(peer.received.length, length + 1);
      assert.equal(peer.lines.at(-1), line);
      assert.equal(peer.last.headers.get("content-type"), contentType);
      const expected = typeof body === "object" ? JSON.stringify(body) : body ?? "";
      assert.equal(peer.last.body, expected);
      assert.equal(peer.last.headers.get("accept"), JSON_TYPE);
      assert.deepEqual(result, line.startsWith("DELETE") ? undefined : answer);
    });
  }
});

Deno.test("watch() asks with its parameters, tells when it is accepted, and ends as the server ends it", async () => {
  const line = (name: string) => `{"type":"ADDED","object":{"metadata":{"name":"${name}"}}}\n`;
  const told: string[] = [];
  await using world = await started({ answer: () => new Response(line("a") + line("b")) });
  const watch = world.cluster.watch(CONFIG_MAPS, {
    namespace: "ns",
    labelSelector: "a=b",
    resourceVersion: "17",
    allowWatchBookmarks: true,
    timeoutSeconds: 300,
    lane: 0,
    onOpen: () => told.push("open"),
  });
  assert.equal(world.peer.received.length, 0);
  for await (const { type, object } of watch) told.push(`${type} ${object.metadata.name}`);
  assert.deepEqual(told, ["open", "ADDED a", "ADDED b"]);
  assert.deepEqual(world.peer.lines, [
    "GET /api/v1/namespaces/ns/configmaps?labelSelector=a%3Db&resourceVersion=17" +
    "&allowWatchBookmarks=true&timeoutSeconds=300&watch=true",
  ]);
  assert.equal(world.peer.last.headers.get("accept"), JSON_TYPE);
});

Deno.test("a watch that is refused throws the Status and is never open", async () => {
  await using world = await started({
    answer: () => statusAnswer(410, { reason: "Expired", message: "too old" }),
  });
  let opened = 0;
  const watch = world.cluster.watch(CONFIG_MAPS, { onOpen: () => opened++ });
  const error = await failureOf(Array.fromAsync(watch));
  assert.ok(error instanceof StatusError);
  assert.deepEqual([error.reason, error.code, opened], ["expired", 410, 0]);
});

for (
  const [how, http1, insecure] of [
    ["over HTTP/2", false, false],
    ["over HTTP/1.1", true, false],
    ["over HTTP/2 through the relay", false, true],
  ] as const
) {
  Deno.test(`when the consumer leaves a watch ${how}, the server is told`, async () => {
    const { body, write, cancelled } = openBody();
    await using world = await started({
      answer: () => new Response(body),
      http1,
      target: { insecure },
    });
    write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
    for await (const { object } of world.cluster.watch(CONFIG_MAPS)) {
      assert.equal(object.metadata.name, "a");
      break;
    }
    await cancelled;
  });

  Deno.test(`when a silent watch ${how} is aborted, it rejects with the reason and the server is told`, async () => {
    const { body, write, cancelled } = openBody();
    const stop = new AbortController();
    await using world = await started({
      answer: () => new Response(body),
      http1,
      target: { insecure },
    });
    write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n');
    const events = world.cluster.watch(CONFIG_MAPS, { signal: stop.signal })
      [Symbol.asyncIterator]();
    await events.next();
    const silent = failureOf(events.next());
    const reason = new Error("nothing came");
    stop.abort(reason);
    assert.equal(await silent, reason);
    await cancelled;
  });
}

Deno.test("a watch that is aborted by whoever is told that it is open ends at once", async () => {
  const { body, cancelled, write } = openBody();
  await using world = await started({ answer: () => new Response(body) });
  // fetch shows no answer before its first byte.
  write("\n");
  const stop = new AbortController();
  const reason = new Error("stopped");
  const watch = world.cluster.watch(CONFIG_MAPS, {
    signal: stop.signal,
    onOpen: () => stop.abort(reason),
  });
  assert.equal(await failureOf(Array.fromAsync(watch)), reason);
  await cancelled;
});

Deno.test("an answer with status 200 that is no object of the API is a failure", async () => {
  const calls: [string, (cluster: HttpCluster) => Promise<unknown>][] = [
    ["GET /api/v1/namespaces/ns/configmaps/a", (cluster) => cluster.get(CONFIG_MAPS, REF)],
    ["GET /api/v1/configmaps", (cluster) => cluster.list(CONFIG_MAPS)],
    [
      `POST /api/v1/namespaces/ns/configmaps?${STRICT}`,
      (cluster) => cluster.create(CONFIG_MAPS, MAP),
    ],
  ];
  const page = () =>
    new Response("<html>Please log in</html>", { headers: { "content-type": "text/html" } });
  for (const answer of [page, () => new Response(null), () => [1], () => null, () => ({})]) {
    await using world = await started({ answer });
    for (const [line, call] of calls) {
      const message = `Cannot ${line}: the answer is no object of the Kubernetes API`;
      assertFailed(await failureOf(call(world.cluster)), "protocol", message);
    }
  }
});

Deno.test("a list whose items are null is an empty one, and one without items is none", async () => {
  await using world = await started({ answer: () => ({ metadata: {}, items: null }) });
  const { peer, cluster } = world;
  assert.deepEqual(await cluster.list(CONFIG_MAPS), { metadata: {}, items: [] });
  peer.onRequest(() => ({ metadata: {} }));
  assertFailed(await failureOf(cluster.list(CONFIG_MAPS)), "protocol");
});

/** Which connection carried each of six calls, by the order in which they first appeared. */
async function lanesOf(
  world: { peer: ApiPeer; cluster: HttpCluster },
  lanes: readonly CallOptions[],
): Promise<number[]> {
  world.peer.received.length = 0;
  for (const options of lanes) await world.cluster.get(CONFIG_MAPS, REF, options);
  const { received, clientPorts } = world.peer;
  return received.map(({ port }) => clientPorts.indexOf(port));
}

Deno.test("calls take the connections in turn, or the one that they name, modulo their number", async () => {
  await using world = await started({ connections: 3 });
  assert.equal(world.cluster.connections.length, 3);
  assert.deepEqual(await lanesOf(world, Array(7).fill({})), [0, 1, 2, 0, 1, 2, 0]);
  const named = [2, 2, 0, 1, 5, 4].map((lane) => ({ lane }));
  assert.deepEqual(await lanesOf(world, named), [0, 0, 1, 2, 0, 2]);
});

Deno.test("a call that names no connection takes the one that nextLane says", async () => {
  const drawn = [1, 1, 0, 2, 1];
  await using world = await started({ connections: 3, nextLane: () => drawn.shift() ?? 0 });
  assert.deepEqual(await lanesOf(world, Array(5).fill({})), [0, 0, 1, 2, 0]);
});

Deno.test("over HTTP/2 requests at one time share a connection, over HTTP/1.1 each has its own", async () => {
  for (const [http1, expected] of [[false, 1], [true, 4]] as const) {
    const all = Promise.withResolvers<void>();
    let asked = 0;
    await using world = await started({
      http1,
      answer: async () => {
        if (++asked === 4) all.resolve();
        await all.promise;
        return MAP;
      },
    });
    await Promise.all(Array.from({ length: 4 }, () => world.cluster.get(CONFIG_MAPS, REF)));
    assert.equal(world.peer.clientPorts.length, expected);
  }
});

Deno.test("a cluster without connections is refused", () => {
  assert.throws(() => new HttpCluster([]), RangeError);
});

Deno.test("what was written is parsed when it is asked for, and then must be whole", async () => {
  const text = '{"metadata":{"name":"a"},}';
  const headers = { "content-type": "application/json" };
  await using world = await started({ answer: () => new Response(text, { headers }) });
  const written = await world.cluster.create(CONFIG_MAPS, MAP);
  assert.throws(() => written.object, { name: "OperationFailedError", reason: "truncated" });
  world.peer.onRequest(() => new Response('{"metadata":{"name"', { headers }));
  assertFailed(await failureOf(world.cluster.create(CONFIG_MAPS, MAP)), "protocol");
});
