/**
 * When is a subscription told that something has changed? The first event at once; after that an event
 * starts the waiting time, the ones during it only move the revision, and at its end there is one
 * notification. Pure: it neither waits nor sends.
 * Source: rancher/apiserver v0.10.0, pkg/subscribe/debouncer.go.
 * @module
 */

/** What an event calls for: a notification now, the waiting time, or nothing. */
export type DebounceStep = "notify" | "wait" | "nothing";

export class Debounce {
  #state: "first" | "idle" | "waiting" = "first";
  #revision = "";

  event(revision: string): DebounceStep {
    this.#revision = revision;
    switch (this.#state) {
      case "first":
        this.#state = "idle";
        return "notify";
      case "idle":
        this.#state = "waiting";
        return "wait";
      case "waiting":
        return "nothing";
    }
  }

  /** The waiting time is over. @returns the revision to notify of */
  due(): string {
    this.#state = "idle";
    return this.#revision;
  }
}
