/**
 * Which revision did each write of a run get, and when was it there? Watches the run's own objects at
 * the API server, because nothing else tells the revision of a removal, and puts each event together
 * with the time at which its write was answered. Writes nothing, and says so where it missed something.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { together } from "../../../core/load/parts.ts";
import type { Rng } from "../../../core/load/rng.ts";
import { until } from "../../../core/load/until.ts";
import type { ClusterReader, WatchEvent } from "../../../kube/cluster.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { runSelector } from "../../../kube/owned/ownership.ts";
import type { Resource } from "../../../kube/resource.ts";
import { Reflector, type ReflectorActivity } from "../../../kube/watch/reflector.ts";
import { type SteveType, wallTimer, type WrittenEvent } from "../written_event.ts";

/** A write that succeeded, as its sender knows it. */
export interface AnsweredWrite {
  readonly type: SteveType;
  readonly op: WrittenEvent["op"];
  /** `namespace/name`, or the name alone of a cluster-scoped object. */
  readonly key: string;
  /** ms since 1970. */
  readonly atMs: number;
}

/** Events after one revision and up to another of which only the net effect is known. */
export interface UnseenWrites {
  readonly type: SteveType;
  readonly afterRevision: bigint;
  readonly upToRevision: bigint;
}

interface WriteLogOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly runId: string;
  readonly types: ReadonlyMap<SteveType, Resource>;
  /** Of namespaced types. */
  readonly namespace: string;
  /**
   * Whether answers of the writes are going to be told; else their events are all there is.
   * @default {true}
   */
  readonly hasAnswers?: boolean;
  /** Each event once, in the order of the revisions of its type. */
  readonly onWritten: (event: WrittenEvent) => void;
  /** The API server had forgotten events before they were seen: what is in between is not known. */
  readonly onUnseen?: (unseen: UnseenWrites) => void;
  readonly onActivity?: (type: SteveType, activity: ReflectorActivity) => void;
}

const POLL_MS = 50;

const OPS: Readonly<Record<WatchEvent["type"], WrittenEvent["op"] | undefined>> = {
  ADDED: "create",
  MODIFIED: "change",
  DELETED: "remove",
  BOOKMARK: undefined,
};

/** See the module. */
export class WriteLog {
  readonly #reader: ClusterReader;
  readonly #options: WriteLogOptions;
  readonly #wallMs: () => number;
  /** By type, op and key: when a write was answered whose event has not come yet. */
  readonly #answeredMs = new Map<string, number>();
  /** By type, op and key: events that came before their answers. */
  readonly #early = new Set<string>();
  /** Per type the newest revision that was seen. */
  readonly #newest = new Map<SteveType, bigint>();
  readonly #ready = new Map<SteveType, PromiseWithResolvers<void>>();

  /** @param reader best one that asks for metadata only */
  constructor(reader: ClusterReader, options: WriteLogOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#wallMs = wallTimer(options.clock);
    for (const type of options.types.keys()) {
      const ready = Promise.withResolvers<void>();
      ready.promise.catch(() => {}); // those who await it are told
      this.#ready.set(type, ready);
    }
  }

  /**
   * Resolves once no write can be missed any more, or {@link run} was ended before that.
   * @throws what broke {@link run} before that
   */
  async ready(): Promise<void> {
    for (const { promise } of this.#ready.values()) await promise;
  }

  /** Tell it of each write that succeeded, as soon as that is known. */
  answered({ type, op, key, atMs }: AnsweredWrite): void {
    const id = idOf(type, op, key);
    if (!this.#early.delete(id)) this.#answeredMs.set(id, atMs);
  }

  /** How many writes were answered whose events have not come yet. */
  get pendingCount(): number {
    return this.#answeredMs.size;
  }

  /**
   * Resolves once every answered write has its event, or at this time of the clock.
   * @returns whether all have
   */
  drained(deadlineMs: number): Promise<boolean> {
    const { clock } = this.#options;
    return until<boolean>(clock, () => this.pendingCount === 0 || undefined, {
      pollMs: POLL_MS,
      timeoutMs: deadlineMs - clock.now(),
      late: () => false,
    });
  }

  /** Of a type: the newest revision that was seen; undefined before any. */
  newestRevision(type: SteveType): bigint | undefined {
    return this.#newest.get(type);
  }

  /**
   * Watches until the signal aborts.
   * @throws {StatusError} if one of the types cannot be listed
   */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const watched = [...this.#options.types].map(([type, resource]) => {
      const watching = this.#watch(type, resource, either);
      const { resolve, reject } = this.#ready.get(type)!;
      watching.then(resolve, reject);
      return watching;
    });
    await together(watched, () => failed.abort());
  }

  async #watch(type: SteveType, resource: Resource, signal: AbortSignal): Promise<void> {
    const { clock, rng, runId, namespace, onActivity } = this.#options;
    const present = new Set<string>();
    let isFirst = true;
    let afterRevision = 0n;
    const reflector = new Reflector(this.#reader, {
      resource,
      selection: {
        labelSelector: runSelector(runId),
        ...(resource.namespaced ? { namespace } : {}),
      },
      clock,
      rng: rng.fork(type),
      onActivity: (activity) => {
        if (activity.kind === "listed") {
          const upToRevision = BigInt(reflector.lastResourceVersion ?? 0);
          this.#listed({ type, afterRevision, upToRevision }, { isFirst });
          isFirst = false;
        }
        onActivity?.(type, activity);
      },
      store: {
        replace: (items) => {
          afterRevision = this.newestRevision(type) ?? 0n;
          this.#replace(type, { items, present, isFirst });
        },
        apply: (event) => this.#apply(type, { event, present }),
      },
    });
    await reflector.run(signal);
  }

  /** What a list after the first shows as new is known exactly; what went is not. */
  #replace(
    type: SteveType,
    { items, present, isFirst }: {
      items: readonly KubeObject[];
      present: Set<string>;
      isFirst: boolean;
    },
  ): void {
    const before = new Set(present);
    present.clear();
    const isNew = (object: KubeObject) => !before.has(objectKey(object));
    for (const object of items) present.add(objectKey(object));
    if (isFirst) return;
    const news = items.filter(isNew).sort((one, other) =>
      revisionOf(one) < revisionOf(other) ? -1 : 1
    );
    for (const object of news) this.#emit(type, { op: "create", object });
  }

  #listed(unseen: UnseenWrites, { isFirst }: { isFirst: boolean }): void {
    const { type, upToRevision } = unseen;
    if (!isFirst) this.#options.onUnseen?.(unseen);
    this.#see(type, upToRevision);
    this.#ready.get(type)!.resolve();
  }

  #apply(
    type: SteveType,
    { event, present }: { event: WatchEvent; present: Set<string> },
  ): void {
    const { object } = event;
    const op = OPS[event.type];
    if (op === undefined) return;
    if (op === "remove") present.delete(objectKey(object));
    else present.add(objectKey(object));
    this.#emit(type, { op, object });
  }

  #emit(
    type: SteveType,
    { op, object }: { op: WrittenEvent["op"]; object: KubeObject },
  ): void {
    const { name = "", namespace } = object.metadata;
    const id = idOf(type, op, objectKey(object));
    const answeredMs = this.#answeredMs.get(id);
    const { hasAnswers = true } = this.#options;
    if (!this.#answeredMs.delete(id) && hasAnswers) this.#early.add(id);
    const revision = revisionOf(object);
    this.#see(type, revision);
    this.#options.onWritten({
      type,
      op,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      revision,
      atMs: answeredMs ?? this.#wallMs(),
    });
  }

  #see(type: SteveType, revision: bigint): void {
    const newest = this.#newest.get(type) ?? 0n;
    if (revision > newest) this.#newest.set(type, revision);
  }
}

function idOf(type: SteveType, op: string, key: string): string {
  return `${type} ${op} ${key}`;
}

function revisionOf({ metadata }: KubeObject): bigint {
  return BigInt(metadata.resourceVersion ?? 0);
}
