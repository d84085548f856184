/**
 * From which resourceVersion does a subscription start? One list for all watchers that ask at the
 * same time, so that a thousand of them that lost the same cache do not send a thousand lists.
 * Never retries, and never hands out what was known before it was asked, unless that is allowed.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import type { SubscriptionSpec } from "../written_event.ts";

/** Lists what a subscription is about; the collection's revision, if it has one. */
export type ListRevision = (spec: SubscriptionSpec) => Promise<string | undefined>;

interface Listing {
  readonly sentMs: number;
  readonly revision: Promise<string | undefined>;
  isOver: boolean;
}

/** The latest lists of a set of subscriptions. */
export class Revisions {
  readonly #list: ListRevision;
  readonly #clock: Clock;
  /** By type and namespace: the one under way or the latest one that succeeded. */
  readonly #listings = new Map<string, Listing>();

  constructor(list: ListRevision, clock: Clock) {
    this.#list = list;
    this.#clock = clock;
  }

  /**
   * A revision from a list that was sent at `notBeforeMs` or later.
   * @throws what the list throws
   */
  async get(
    spec: SubscriptionSpec,
    { notBeforeMs }: { notBeforeMs: number },
  ): Promise<string | undefined> {
    const key = `${spec.namespace ?? ""}/${spec.type}`;
    for (;;) {
      const listing = this.#listings.get(key);
      if (listing !== undefined && listing.sentMs >= notBeforeMs) return await listing.revision;
      // One after the other: the second may need a newer one, and so do all behind it.
      if (listing === undefined || listing.isOver) return await this.#send(key, spec);
      await listing.revision.catch(() => {});
    }
  }

  #send(key: string, spec: SubscriptionSpec): Promise<string | undefined> {
    const listing: Listing = {
      sentMs: this.#clock.now(),
      revision: this.#list(spec),
      isOver: false,
    };
    this.#listings.set(key, listing);
    listing.revision.then(() => listing.isOver = true, () => {
      if (this.#listings.get(key) === listing) this.#listings.delete(key);
    });
    return listing.revision;
  }
}
