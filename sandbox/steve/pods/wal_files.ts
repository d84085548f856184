/**
 * The write-ahead log of each replica: all replicas store the same events, and no two files have the
 * same size.
 * @module
 */

import type { SteveFaultChain } from "../faults/fault_chain.ts";
import type { CacheEvent } from "../caches/type_cache.ts";
import { WalModel } from "./wal_model.ts";

export interface WalOptions {
  /** False: there is no such file, as where the cache is off. @default true */
  readonly exists?: boolean;
}

/** By so much each file is bigger than that of the replica before it. */
const BYTES_BETWEEN_REPLICAS = 4_120;
/** Of an object without long values. */
const SMALL_OBJECT_BYTES = 1_024;

export class WalFiles {
  readonly #model = new WalModel();
  readonly #pods: readonly string[];
  readonly #exists: boolean;
  readonly #faults: SteveFaultChain;

  constructor(
    pods: readonly string[],
    { exists = true, faults }: WalOptions & { readonly faults: SteveFaultChain },
  ) {
    this.#pods = pods;
    this.#exists = exists;
    this.#faults = faults;
  }

  store({ object }: CacheEvent): void {
    const { data } = object;
    const values = typeof data === "object" && data !== null ? Object.values(data) : [];
    const bytes = values.reduce<number>(
      (sum, value) => sum + (typeof value === "string" ? value.length : 0),
      SMALL_OBJECT_BYTES,
    );
    this.#model.store(bytes);
  }

  /** @param pod the first unless given; undefined: there is no file */
  bytes(pod?: string): number | undefined {
    if (!this.#exists) return undefined;
    const index = pod === undefined ? 0 : Math.max(0, this.#pods.indexOf(pod));
    return this.#faults.walBytes(this.#model.bytes + index * BYTES_BETWEEN_REPLICAS);
  }
}
