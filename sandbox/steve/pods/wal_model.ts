/**
 * How big is the write-ahead log of Steve's cache? Each stored event appends pages; a checkpoint lets
 * the next one begin at the front again, and the file never shrinks: its size is the highest that it
 * has been.
 * Source: SQLite, "Write-Ahead Logging"; wal_autocheckpoint 1000 pages.
 * @module
 */

const PAGE_BYTES = 4_096;
/** Each frame has a header in front of its page. */
const FRAME_BYTES = PAGE_BYTES + 24;
const HEADER_BYTES = 32;
const CHECKPOINT_FRAMES = 1_000;
/** Tables and indexes that the server makes when it starts. */
const FIRST_FRAMES = 75;
/** Rows of fields and labels, and the pages above them, besides the object's own. */
const FRAMES_PER_EVENT = 6;

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
