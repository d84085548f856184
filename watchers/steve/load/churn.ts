/**
 * The writes that Steve has to follow: again and again one object of each type comes, and goes a
 * moment later. Each name is used once, so that no write stands in another's way. Decides no time
 * itself, and retries nothing.
 * @module
 */

import { constant } from "../../../core/load/arrival.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { execute, type LoadContext } from "../../../core/load/executor.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import { NAME } from "../../../core/version.ts";
import type { Cluster, ClusterWriter } from "../../../kube/cluster.ts";
import type { ObjectRef } from "../../../kube/object.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { Resource } from "../../../kube/resource.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import type { ObjectSet } from "./objects.ts";
import type { AnsweredWrite } from "./write_log.ts";
import { type SteveType, wallTimer } from "../written_event.ts";

interface ChurnOptions {
  /** Best one whose answers hold metadata alone. */
  readonly creator: Pick<ClusterWriter, "create">;
  readonly cluster: Pick<Cluster, "delete">;
  readonly types: ReadonlyMap<SteveType, Resource>;
  readonly objects: ObjectSet;
  /** Of each type, where it is registered before it is made. */
  readonly owned: ReadonlyMap<SteveType, OwnedObjects>;
  /** Cycles, each of one object of each type. */
  readonly ratePerSec: number;
  /** From the end of an object's create to its delete. */
  readonly lifetimeMs: number;
  /**
   * Most writes under way; a cycle that finds no place is dropped.
   * @default {Infinity}
   */
  readonly maxInFlight?: number;
  readonly onAnswered?: (write: AnsweredWrite) => void;
}

/**
 * Puts it on until `stopping`; the cycles under way go on to their end, so that every object that
 * came has also gone. Operations: `create` and `delete`, tagged with the type. All creates of a cycle
 * are due when the cycle is; a delete is due `lifetimeMs` after the end of its create.
 */
export async function runChurn(context: LoadContext, options: ChurnOptions): Promise<void> {
  const { ratePerSec, maxInFlight = Infinity } = options;
  await execute(context, {
    workload: churn(context.clock, options),
    model: {
      kind: "open",
      arrivals: constant(ratePerSec),
      maxInFlight,
      whenFull: maxInFlight === Infinity ? "queue" : "drop",
      catchUp: "burst",
    },
  });
}

/** One object's part in a cycle. */
interface Life {
  readonly type: SteveType;
  readonly resource: Resource;
  readonly index: number;
}

function churn(clock: Clock, options: ChurnOptions): Workload {
  const wallMs = wallTimer(clock);
  return {
    name: "object churn",
    firstOp: "create",
    async iterate(iteration) {
      const index = options.objects.next();
      const lives = [...options.types].map(([type, resource]) =>
        live(iteration, { type, resource, index }, { ...options, clock, wallMs })
      );
      await Promise.all(lives);
    },
  };
}

type Tools = ChurnOptions & { readonly clock: Clock; readonly wallMs: () => number };

/** Create, live, delete; what fails is recorded and never thrown. */
async function live(iteration: Iteration, life: Life, tools: Tools): Promise<void> {
  if (!(await mayHaveCreated(iteration, life, tools))) return;
  const { clock, lifetimeMs } = tools;
  const dueMs = clock.now() + lifetimeMs;
  await clock.sleepUntil(dueMs, iteration.aborted);
  if (!iteration.aborted.aborted) await remove(iteration, { ...life, dueMs }, tools);
}

/** @returns whether there is something to be deleted, as far as the answer tells */
async function mayHaveCreated(iteration: Iteration, life: Life, tools: Tools): Promise<boolean> {
  const { type, resource, index } = life;
  const { creator, objects, wallMs, onAnswered } = tools;
  const ref = objects.ref(resource, index);
  const owned = tools.owned.get(type)!;
  const { aborted: signal, dueMs } = iteration;
  try {
    await iteration.timed(() => {
      owned.register(ref);
      const object = objects.make(resource, index);
      return creator.create(resource, object, { signal, fieldManager: NAME });
    }, { op: "create", tags: { type }, dueMs });
  } catch (thrown) {
    return owned.settle(ref, thrown);
  }
  onAnswered?.({ type, op: "create", key: keyOf(ref), atMs: wallMs() });
  return true;
}

async function remove(
  iteration: Iteration,
  { type, resource, index, dueMs }: Life & { dueMs: number },
  { cluster, objects, owned, wallMs, onAnswered }: Tools,
): Promise<void> {
  const ref = objects.ref(resource, index);
  const { aborted: signal } = iteration;
  try {
    const send = () => cluster.delete(resource, ref, { signal });
    await iteration.timed(send, { op: "delete", tags: { type }, dueMs });
  } catch (thrown) {
    if (isNotFound(thrown)) owned.get(type)!.release(ref);
    return;
  }
  owned.get(type)!.release(ref);
  onAnswered?.({ type, op: "remove", key: keyOf(ref), atMs: wallMs() });
}

/** As `objectKey` of the object. */
function keyOf({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
