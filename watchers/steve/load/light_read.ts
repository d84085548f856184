/**
 * The small read that must stay fast whatever else Steve does: one list of a namespace's ConfigMaps,
 * again and again; and whether it is as new as what watchers were told before. Never retries.
 * @module
 */

import { constant } from "../../../core/load/arrival.ts";
import { execute, type LoadContext } from "../../../core/load/executor.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import type { SteveClient, SteveList } from "../client/steve_client.ts";
import type { SteveType } from "../written_event.ts";

export const LIGHT_READ_TYPE: SteveType = "configmaps";

export interface LightReadOptions {
  readonly steve: Pick<SteveClient, "list">;
  readonly namespace: string;
  readonly ratePerSec: number;
  /** Fields to leave out of the answer, e.g. `data`; without any it carries whole objects. */
  readonly exclude?: readonly string[];
  /** What watchers were told; absent: the age of an answer is not looked at. */
  readonly notified?: NotifiedRevisions;
}

/**
 * The newest revision that any watcher was told of, by type. A list that is asked for afterwards
 * and knows less is stale: its reader misses what it came for (rancher/rancher#51254).
 */
export class NotifiedRevisions {
  readonly #newest = new Map<SteveType, { readonly revision: bigint; readonly atMs: number }>();

  /** @param atMs when it was told, any one clock */
  notified(type: SteveType, { revision, atMs }: { revision: bigint; atMs: number }): void {
    if (revision > (this.#newest.get(type)?.revision ?? 0n)) {
      this.#newest.set(type, { revision, atMs });
    }
  }

  newest(type: SteveType): { readonly revision: bigint; readonly atMs: number } | undefined {
    return this.#newest.get(type);
  }
}

/**
 * Reads until `stopping`. Operation `lightRead`, whose failures are counted by status; distribution
 * `lightReadBytes`; with `notified` the counters `freshReads` and `staleReads`, and `readStaleness`,
 * how long before a stale read was sent its watchers knew more already.
 */
export async function runLightRead(
  context: LoadContext,
  options: LightReadOptions,
): Promise<void> {
  await execute(context, {
    workload: {
      name: "light read",
      firstOp: "lightRead",
      iterate: (iteration) => readOnce(iteration, { ...options, context }),
    },
    model: {
      kind: "open",
      arrivals: constant(options.ratePerSec),
      maxInFlight: Infinity,
      whenFull: "queue",
      catchUp: "burst",
    },
  });
}

async function readOnce(
  iteration: Iteration,
  { steve, namespace, exclude = [], notified, context }: LightReadOptions & {
    context: LoadContext;
  },
): Promise<void> {
  const { clock, recorder } = context;
  let sentMs = 0;
  let known: ReturnType<NotifiedRevisions["newest"]>;
  const list = await iteration.timed(() => {
    sentMs = clock.now();
    known = notified?.newest(LIGHT_READ_TYPE);
    return steve.list(LIGHT_READ_TYPE, {
      filter: [`metadata.namespace=${namespace}`],
      exclude,
      signal: iteration.aborted,
    });
  }, { op: "lightRead" });
  const atMs = clock.now();
  recorder.observeBytes("lightReadBytes", list.bytes, { atMs });
  if (known === undefined) return;
  const isStale = revisionOf(list) < known.revision;
  recorder.count(isStale ? "staleReads" : "freshReads", 1, { atMs });
  if (isStale) recorder.observeMs("readStaleness", sentMs - known.atMs, { atMs });
}

/** A list without one has seen no object of the type. */
function revisionOf({ revision = "" }: SteveList): bigint {
  return /^\d+$/.test(revision) ? BigInt(revision) : 0n;
}
