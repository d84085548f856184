/**
 * What is in a real cluster before, during and after a run? Sets up what tests need and looks for
 * what commands left. Shares no code with what is tested: labels are spelled out.
 * @module
 */

import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { eventually } from "../support/eventually.ts";
import type { Answer } from "./api_requests.ts";
import {
  type ComponentName,
  ControlPlane,
  requireControlPlane,
  type StartOptions,
} from "./control_plane.ts";

export { eventually };

const MANAGED = "app.kubernetes.io/managed-by=scaletool";
const RUN_ID = "scaletool.io/run-id";

const clock = new SystemClock();

/** Collections in which commands make objects. */
export const CONFIG_MAPS = "/api/v1/configmaps";
export const FLUNDERS = "/apis/wardle.example.com/v1alpha1/flunders";
const GATEWAY_API = "/apis/gateway.networking.k8s.io";
const COLLECTIONS = [
  CONFIG_MAPS,
  "/api/v1/secrets",
  FLUNDERS,
  "/api/v1/services",
  "/apis/discovery.k8s.io/v1/endpointslices",
  `${GATEWAY_API}/v1/httproutes`,
  `${GATEWAY_API}/v1beta1/referencegrants`,
  "/api/v1/nodes",
  "/api/v1/namespaces",
];

/** An object as the server shows it; only what tests look at. */
export interface Seen {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly managedFields?: readonly { readonly manager: string }[];
  };
  readonly data?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
}

/** One cluster for all tests of a file, and whether they have to be left out for want of it. */
export async function clusterOfFile(options: StartOptions = {}): Promise<{
  readonly ignore: boolean;
  /** For the bodies of tests only. */
  readonly plane: () => ControlPlane;
}> {
  const ignore = !await requireControlPlane();
  let plane: ControlPlane | undefined;
  Deno.test.beforeAll(async () => {
    if (!ignore) plane = await ControlPlane.start(options);
  });
  Deno.test.afterAll(async () => await plane?.[Symbol.asyncDispose]());
  return {
    ignore,
    plane: () => {
      assert.ok(plane !== undefined, "the cluster is not up yet");
      return plane;
    },
  };
}

/** Makes namespaces, because removing those that a command made takes it 5 s. */
export async function createNamespaces(plane: ControlPlane, ...names: string[]): Promise<void> {
  await Promise.all(
    names.map((name) =>
      plane.admin("/api/v1/namespaces", { method: "POST", body: { metadata: { name } } })
    ),
  );
}

/** What carries this run's labels; nothing where the cluster does not serve the collection. */
export async function objectsOf(
  plane: ControlPlane,
  { runId, collection }: { runId: string; collection: string },
): Promise<Seen[]> {
  const selector = encodeURIComponent(`${MANAGED},${RUN_ID}=${runId}`);
  let answer: Answer | undefined;
  // That of a custom resource is set up when it is asked for the first time, and 429 until then.
  await eventually(`storage of ${collection}`, async () => {
    answer = await plane.request("admin", `${collection}?labelSelector=${selector}`);
    return answer.status !== 429;
  });
  const { status, body } = answer!;
  if (status === 404) return [];
  assert.equal(status, 200, `${collection}: ${JSON.stringify(body)}`);
  return (body as { items: Seen[] }).items;
}

/** Fails if a run has left anything, namespaces that are not gone yet included. */
export async function assertNothingLeft(
  plane: ControlPlane,
  { runId }: { runId: string },
): Promise<void> {
  const left = await Promise.all(
    COLLECTIONS.map((collection) => objectsOf(plane, { runId, collection })),
  );
  assert.deepEqual(left.flat().map(({ metadata }) => metadata.name), [], `left by run ${runId}`);
}

/** Waits until so many objects of a run are there; all that are then. */
export async function untilThereAre(
  count: number,
  { plane, runId, collection = CONFIG_MAPS }: {
    plane: ControlPlane;
    runId: string;
    collection?: string;
  },
): Promise<Seen[]> {
  let found: Seen[] = [];
  await eventually(`${count} objects of run ${runId}`, async () => {
    found = await objectsOf(plane, { runId, collection });
    return found.length >= count;
  });
  return found;
}

/**
 * Kills the API server and starts it again; resolves when it is ready. It has forgotten every
 * resourceVersion from before then.
 */
export async function restartApiServer(plane: ControlPlane): Promise<void> {
  await plane.stop("apiserver", { graceMs: 0 });
  // A process that is killed seems gone a moment before its port is free.
  const isDeaf = () => plane.request("admin", "/readyz").then(() => false, () => true);
  await eventually("the end of the API server", isDeaf);
  // What it remembers begins at the revision that it finds, which may be the last one of a watch.
  await callEtcd(plane, { call: "kv/put", body: { key: btoa("/other"), value: btoa("x") } });
  await plane.restart("apiserver", { graceMs: 0 });
}

/** Where a component listens, e.g. `https://127.0.0.1:20001`. */
export function originOf(plane: ControlPlane, name: ComponentName): string {
  const { components } = JSON.parse(Deno.readTextFileSync(`${plane.dir}/cluster.json`)) as {
    components: { name: string; healthUrl: string }[];
  };
  const component = components.find((one) => one.name === name);
  assert.ok(component !== undefined, `${name} was not started`);
  return new URL(component.healthUrl).origin;
}

/**
 * A call of etcd's JSON gateway, past the API server: `kv/put`, `kv/compaction`, ...
 * Source: etcd documentation, "gRPC gateway".
 */
export async function callEtcd(
  plane: ControlPlane,
  { call, body }: { call: string; body: Readonly<Record<string, unknown>> },
): Promise<{ readonly header: { readonly revision: string } }> {
  const response = await fetch(`${originOf(plane, "etcd")}/v3/${call}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `etcd: ${text}`);
  return JSON.parse(text);
}

/** Lets time pass for the cluster or a command, where no event tells of it. */
export async function pass(ms: number): Promise<void> {
  await clock.sleepUntil(clock.now() + ms);
}
