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
import { KubeFeed } from "./kube_feed.ts";
import type { SteveSettings } from "../options.ts";
import type { Schema } from "../reading/schema.ts";
import { SchemaTable } from "../reading/schema_table.ts";
import { type CacheEvent, TypeCache } from "./type_cache.ts";

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
