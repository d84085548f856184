/**
 * What must be undone whatever happens, and the undoing of it within its time. Never prints: it
 * tells what takes long and what was left.
 * @module
 */

import type { Clock } from "../load/clock.ts";
import { formatDuration } from "../units.ts";

/** Something that must be undone, e.g. an object deleted. */
export interface Undo {
  /** What is undone, for people, e.g. `deleting configmaps`. */
  readonly label: string;
  /** Rejects, once the signal aborts at the latest, if anything is left. */
  readonly undo: (signal: AbortSignal) => Promise<void>;
  /** The exact command line that does it, should it not be done here. */
  readonly byHand?: string | undefined;
}

/** Something that was not undone, or not wholly. */
export interface NotUndone extends Pick<Undo, "label" | "byHand"> {
  /** Why not. */
  readonly error: unknown;
}

export interface UndoOptions {
  readonly clock: Clock;
  /** Ends the undoing; its reason is the error of everything that is left then. */
  readonly signal: AbortSignal;
  /** Told what takes long, once a second has passed and then every 10 s. */
  readonly onLong: (text: string) => void;
}

/** When somebody who watches begins to wonder whether it hangs. */
const LONG_MS = 1_000;
const HEARTBEAT_MS = 10_000;
/** How long an undo that is cut off may take to say what it has left. */
const CUT_OFF_GRACE_MS = 1_000;

/** Undone last in, first out. */
export class UndoStack {
  readonly #undos: Undo[] = [];

  push(undo: Undo): void {
    this.#undos.push(undo);
  }

  /** What is still to be undone, next one first. */
  get pending(): readonly Undo[] {
    return this.#undos.toReversed();
  }

  /** Tries every undo, also after one failed, one after the other; returns what is left. Never rejects. */
  async undoAll(options: UndoOptions): Promise<NotUndone[]> {
    const leftovers: NotUndone[] = [];
    for (let next = this.#undos.pop(); next !== undefined; next = this.#undos.pop()) {
      const { label, byHand } = next;
      try {
        if (options.signal.aborted) throw new Error("not tried", { cause: options.signal.reason });
        await undoOne(next, options);
      } catch (error) {
        leftovers.push({ label, error, ...(byHand === undefined ? {} : { byHand }) });
      }
    }
    return leftovers;
  }
}

async function undoOne({ label, undo }: Undo, options: UndoOptions): Promise<void> {
  const over = new AbortController();
  const telling = tellWhileItTakes(label, { ...options, signal: over.signal });
  try {
    await Promise.race([undo(options.signal), giveUp(options, over.signal)]);
  } finally {
    over.abort();
    await telling;
  }
}

/** Rejects for an undo that does not heed its signal: the ones after it are to be told of all the same. */
async function giveUp({ clock, signal }: UndoOptions, over: AbortSignal): Promise<void> {
  await clock.sleepUntil(Infinity, AbortSignal.any([signal, over]));
  await clock.sleepUntil(clock.now() + CUT_OFF_GRACE_MS, over);
  if (!over.aborted) throw signal.reason;
}

async function tellWhileItTakes(label: string, options: UndoOptions): Promise<void> {
  const { clock, signal, onLong } = options;
  const startMs = clock.now();
  await clock.sleepUntil(startMs + LONG_MS, signal);
  if (!signal.aborted) onLong(label);
  for (let dueMs = HEARTBEAT_MS; !signal.aborted; dueMs += HEARTBEAT_MS) {
    await clock.sleepUntil(startMs + dueMs, signal);
    if (!signal.aborted) onLong(`${label}, ${formatDuration(dueMs)} so far`);
  }
}
