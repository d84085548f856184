import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { type ClusterSession, connectCluster } from "../../kube/connect.ts";
import { Informer } from "../../kube/watch/informer.ts";
import { Reflector, type ReflectorActivity } from "../../kube/watch/reflector.ts";
import { CONFIG_MAPS, type Resource } from "../../kube/resource.ts";
import { isExpired } from "../../kube/status_error.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { clusterValues } from "../kube/scripted_world.ts";
import { callEtcd, clusterOfFile, createNamespaces, eventually } from "./cluster_state.ts";

const { ignore, plane } = await clusterOfFile({
  without: ["scheduler", "kwok", "wardle"],
  // ConfigMaps are watched in etcd, everything else in the API server's cache.
  apiserverArgs: ["--watch-cache-sizes=configmaps#0"],
});
const clock = new SystemClock();
const SECRETS: Resource = { ...CONFIG_MAPS, plural: "secrets", kind: "Secret" };

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "quiet", "busy", "informed");
});

async function connect(): Promise<ClusterSession> {
  const values = clusterValues({ kubeconfig: plane().kubeconfig("load") });
  return await connectCluster({
    identity: { runId: "reflector", command: "test" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  });
}

async function create({ plural }: Resource, namespace: string, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/${plural}`;
  await plane().admin(path, { method: "POST", body: { metadata: { name } } });
}

/** What a reflector did, for counting. */
class Activities {
  readonly all: ReflectorActivity[] = [];

  countOf(kind: ReflectorActivity["kind"]): number {
    return this.all.filter((activity) => activity.kind === kind).length;
  }

  async until(kind: ReflectorActivity["kind"], count: number): Promise<void> {
    await eventually(`${kind} ${count}`, () => this.countOf(kind) >= count);
  }
}

Deno.test(
  "bookmarks move a quiet watch on, and the next watch begins there without a list",
  { ignore },
  async () => {
    using session = await connect();
    const activities = new Activities();
    const reflector = new Reflector(session.cluster, {
      resource: SECRETS,
      selection: { namespace: "quiet" },
      store: { replace: () => {}, apply: () => {} },
      clock,
      rng: createRng(1),
      // The server sends a bookmark 2 s before the end.
      watchTimeoutSeconds: { min: 3, span: 0 },
      onActivity: (activity) => activities.all.push(activity),
    });
    const over = new AbortController();
    const running = reflector.run(over.signal);
    await activities.until("watching", 1);
    const listed = Number(reflector.lastResourceVersion);
    await create(SECRETS, "busy", "one");
    await activities.until("watching", 2);
    await create(SECRETS, "busy", "two");
    await activities.until("watching", 3);
    over.abort();
    await running;
    assert.equal(activities.countOf("listed"), 1);
    assert.equal(activities.countOf("closed"), 2);
    for (const kind of ["event", "failed", "expired"] as const) {
      assert.equal(activities.countOf(kind), 0, kind);
    }
    const marks = activities.all.flatMap((activity) =>
      activity.kind === "bookmark" ? [Number(activity.resourceVersion)] : []
    );
    const versions = [listed, ...marks];
    assert.deepEqual(versions, versions.toSorted((one, other) => one - other));
    assert.ok(new Set(versions).size >= 3, `${versions} do not follow both writes`);
    assert.equal(Number(reflector.lastResourceVersion), marks.at(-1));
  },
);

/** A picture of a namespace that is fed by an informer, and what does not fit together in it. */
class Picture {
  readonly known = new Map<string, string>();
  readonly wrong: string[] = [];
  readonly handler: ConstructorParameters<typeof Informer>[1]["handler"] = {
    onAdd: ({ metadata: { name = "", uid = "" } }) => {
      if (this.known.has(name)) this.wrong.push(`${name} is added twice`);
      this.known.set(name, uid);
    },
    onUpdate: (_, { metadata: { name = "", uid = "" } }) => {
      if (this.known.get(name) !== uid) this.wrong.push(`${name} is updated, but not there`);
    },
    onDelete: ({ metadata: { name = "" } }) => {
      if (!this.known.delete(name)) this.wrong.push(`${name} is deleted, but not there`);
    },
  };
}

Deno.test(
  "an informer whose resourceVersion was compacted away lists anew and tells all changes",
  { ignore },
  async () => {
    using session = await connect();
    const path = "/api/v1/namespaces/informed/configmaps";
    for (const name of ["kept", "goes", "changes"]) await create(CONFIG_MAPS, "informed", name);
    const [activities, picture] = [new Activities(), new Picture()];
    const informer = new Informer(session.cluster, {
      resource: CONFIG_MAPS,
      selection: { namespace: "informed", labelSelector: "!hidden" },
      clock,
      rng: createRng(1),
      watchTimeoutSeconds: { min: 2, span: 0 },
      onActivity: (activity) => activities.all.push(activity),
      handler: picture.handler,
    });
    const over = new AbortController();
    const running = informer.run(over.signal);
    await activities.until("watching", 1);
    const before = informer.lastResourceVersion!;
    await create(CONFIG_MAPS, "busy", "other");
    const { header } = await callEtcd(plane(), {
      call: "kv/put",
      body: { key: btoa("/other"), value: btoa("x") },
    });
    await callEtcd(plane(), {
      call: "kv/compaction",
      body: { revision: header.revision, physical: true },
    });
    await activities.until("expired", 1);
    // During the back-off before the list, so that no watch tells of it.
    await plane().admin(`${path}/goes`, { method: "DELETE" });
    await plane().admin(`${path}/changes`, { method: "DELETE" });
    for (const name of ["changes", "new"]) await create(CONFIG_MAPS, "informed", name);
    await activities.until("listed", 2);
    // The second is the watch that began and was told that its resourceVersion is gone.
    await activities.until("watching", 3);
    over.abort();
    await running;
    const { items } = await plane().admin<{ items: { metadata: { name: string; uid: string } }[] }>(
      path,
    );
    assert.deepEqual(
      [...picture.known].sort(),
      items.map(({ metadata: { name, uid } }) => [name, uid]).sort(),
    );
    assert.deepEqual(picture.wrong, []);
    assert.equal(informer.size, items.length);
    assert.deepEqual(activities.all.flatMap(({ kind }) => kind === "event" ? [] : [kind]), [
      ...["listed", "watching", "closed", "watching", "expired", "listed", "watching"],
    ]);
    const watch = session.cluster.watch(CONFIG_MAPS, { resourceVersion: before });
    await assert.rejects(watch.next(), isExpired);
  },
);
