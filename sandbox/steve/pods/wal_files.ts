/**
 * The write-ahead log of each replica: all replicas store the same events, and no two files have the
 * same size.
 * @module
 */

import type { SteveFaultChain } from "../faults/fault_chain.ts";
import type { CacheEvent } from "../caches/type_cache.ts";

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

const PAGE_BYTES = 4_096;
/** Each frame has a header in front of its page. */
const FRAME_BYTES = PAGE_BYTES + 24;
const HEADER_BYTES = 32;
const CHECKPOINT_FRAMES = 1_000;
/** Tables and indexes that the server makes when it starts. */
const FIRST_FRAMES = 75;
/** Rows of fields and labels, and the pages above them, besides the object's own. */
const FRAMES_PER_EVENT = 6;

/**
 * How big the write-ahead log of Steve's cache is. Each stored event appends pages; a checkpoint lets
 * the next one begin at the front again, and the file never shrinks: its size is the highest that it
 * has been. Source: SQLite, "Write-Ahead Logging"; wal_autocheckpoint 1000 pages.
 */
export class WalModel {
  #frames = FIRST_FRAMES;
  #mostFrames = FIRST_FRAMES;

  /** @param objectBytes of the object that is stored or removed */
  store(objectBytes: number): void {
    if (this.#frames >= CHECKPOINT_FRAMES) this.#frames = 0;
    this.#frames += Math.ceil(objectBytes / PAGE_BYTES) + FRAMES_PER_EVENT;
    this.#mostFrames = Math.max(this.#mostFrames, this.#frames);
  }

  /** Of the file. */
  get bytes(): number {
    return HEADER_BYTES + this.#mostFrames * FRAME_BYTES;
  }
}
