/**
 * The caches of all types that somebody has listed or watched, and the definitions that say when one
 * of them must go.
 * Source: rancher/steve v0.10.2, pkg/sqlcache/informer/factory, pkg/controllers/schema.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { BUILT_IN_RESOURCES } from "../../kubernetes/discovery/resources.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import type { SteveFaultChain } from "../faults/fault_chain.ts";
import { FixedDelayQueue } from "../sockets/fixed_delay_queue.ts";
import { KubeFeed } from "../../kube_feed.ts";
import type { SteveSettings } from "../options.ts";
import { builtInSchema, customSchema, hasSameColumns, type Schema } from "../reading/schema.ts";
import { type CacheEvent, TypeCache } from "./type_cache.ts";

const BUILT_IN: readonly Schema[] = BUILT_IN_RESOURCES.map(builtInSchema);

/**
 * The types that Steve knows: the built-in ones, and those of definitions as they were at the last
 * refresh, which comes a moment after each change of a definition.
 * Source: rancher/steve v0.10.2, pkg/controllers/schema/schemas.go, pkg/sqlcache/schematracker.
 */
class SchemaTable {
  readonly #byId = new Map<string, Schema>();
  readonly #byName = new Map<string, Schema>();

  constructor() {
    this.#fill(BUILT_IN);
  }

  /** @param name singular or plural, in any case */
  lookup(name: string): Schema | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  all(): readonly Schema[] {
    return [...this.#byId.values()];
  }

  /** @returns the ids of the types whose columns are others than before, or that are gone */
  refresh(definitions: Iterable<KubeObject>): string[] {
    const before = new Map(this.#byId);
    const custom = [...definitions].flatMap((definition) => customSchema(definition) ?? []);
    this.#fill([...BUILT_IN, ...custom]);
    return [...before].filter(([id, old]) => {
      const schema = this.#byId.get(id);
      return schema === undefined || !hasSameColumns(schema, old);
    }).map(([id]) => id);
  }

  #fill(schemas: readonly Schema[]): void {
    this.#byId.clear();
    this.#byName.clear();
    for (const schema of schemas) {
      this.#byId.set(schema.id, schema);
      this.#byName.set(schema.pluralName.toLowerCase(), schema);
    }
    for (const schema of schemas) this.#byName.set(schema.id.toLowerCase(), schema);
  }
}

interface CachesOptions {
  readonly kube: ApiHandler;
  readonly clock: Clock;
  readonly settings: SteveSettings;
  readonly faults: SteveFaultChain;
  /** Of every event of every type. */
  readonly onStored: (event: CacheEvent) => void;
  readonly ended: AbortSignal;
}

const DEFINITIONS = BUILT_IN_RESOURCES.find(({ kind }) => kind === "CustomResourceDefinition")!;

export class Caches {
  readonly schemas = new SchemaTable();
  /** Resolves when the definitions that are there are known. */
  readonly ready: Promise<void>;
  readonly #options: CachesOptions;
  readonly #feed: KubeFeed;
  readonly #caches = new Map<string, TypeCache>();
  readonly #definitions = new Map<string, KubeObject>();
  readonly #refreshes: FixedDelayQueue<undefined>;
  #needsRefresh = false;

  constructor(options: CachesOptions) {
    this.#options = options;
    const { clock, settings, ended } = options;
    this.#feed = new KubeFeed(options.kube, { clock });
    const delayMs = settings.schemaRefreshMs;
    this.#refreshes = new FixedDelayQueue({ clock, delayMs, ended }, () => this.#refresh());
    this.ready = this.#followDefinitions();
  }

  /** Made if it is not there, and filled in its own time. */
  of(schema: Schema): TypeCache {
    let cache = this.#caches.get(schema.id);
    if (cache === undefined) {
      const { clock, settings, onStored, ended } = this.#options;
      const { ringEvents, ingestLagMs } = settings;
      const feed = this.#feed;
      cache = new TypeCache(schema, { feed, clock, ringEvents, ingestLagMs, onStored, ended });
      this.#caches.set(schema.id, cache);
    }
    return cache;
  }

  #followDefinitions(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    void this.#feed.follow(DEFINITIONS, {
      signal: this.#options.ended,
      listener: {
        onList: (objects) => {
          this.#definitions.clear();
          for (const object of objects) this.#definitions.set(objectKey(object), object);
          this.#needsRefresh = true;
          this.#refresh();
          resolve();
        },
        onEvent: (type, object) => {
          if (type === "DELETED") this.#definitions.delete(objectKey(object));
          else this.#definitions.set(objectKey(object), object);
          this.#needsRefresh = true;
          this.#refreshes.add(undefined);
        },
      },
    }).finally(resolve);
    return promise;
  }

  /** Several changes within one delay make one refresh: the first that is due takes them all. */
  #refresh(): void {
    if (!this.#needsRefresh) return;
    this.#needsRefresh = false;
    for (const id of this.schemas.refresh(this.#definitions.values())) {
      const cache = this.#caches.get(id);
      if (cache === undefined) continue;
      this.#caches.delete(id);
      cache.end({ tells: this.#options.faults.tellsOfReset() });
    }
  }
}
