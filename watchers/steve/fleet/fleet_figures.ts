/**
 * What the watchers of one thread come to in the report: counters by cause, times, marks. Never
 * decides when anything happens.
 * @module
 */

import { countersOf, type Measures } from "../../../core/run/measures.ts";
import type { Run } from "../../../core/run/run.ts";
import { type Counter, Tally } from "../../tally.ts";
import { type AccountTotals, type Delay, type DelayFrom, judgedEvents } from "../ledger/account.ts";
import type { SubscriptionSpec } from "../written_event.ts";
import type { MessageKind } from "./messages.ts";
import type { EndCause } from "./subscription.ts";
import type { LeaveCause } from "./watcher.ts";

/** A lost server loses all sockets at once: they are marked once in so long. */
const MARK_EVERY_MS = 5_000;

/** Which counter a sum of the accounts goes to. */
const ACCOUNT_COUNTERS: Readonly<Record<keyof AccountTotals, string>> = {
  told: "toldEvents",
  lost: "lostEvents",
  missed: "missedEvents",
  late: "lateEvents",
  maybeLost: "maybeLostEvents",
  maybeMissed: "maybeMissedEvents",
  maybeLate: "maybeLateEvents",
  unproven: "unprovenEvents",
  explained: "explainedEvents",
  replayed: "replayedMessages",
  duplicates: "duplicateMessages",
  outOfOrder: "outOfOrderMessages",
  wrongKind: "wrongKindMessages",
};

/** All that watchers measure. What accounts say is known only once there is something to be told. */
export const FLEET_MEASURES: Measures = {
  counters: countersOf(
    ...["messages", "receivedBytes", "unassignedMessages", "strayMessages"],
    ...["endedSubscriptions", "refusedSubscriptions", "lostSockets"],
  ),
  others: [
    ...Object.values(ACCOUNT_COUNTERS),
    ...["connect", "reconnect", "relist", "resubscribeTime"],
    ...["notificationDelay", "oldestChangeDelay"],
    ...["openWatchers", "liveSubscriptions", "behindSubscriptions"],
  ],
};

const DELAY_NAMES: Readonly<Record<DelayFrom, string>> = {
  named: "notificationDelay",
  oldest: "oldestChangeDelay",
};

/** `type` and `mode` of a stream as the tags of its series. */
function streamTags({ type, mode }: SubscriptionSpec): Readonly<Record<string, string>> {
  return { type, mode: mode === "" ? "objects" : "changes" };
}

/** See the module. */
export class FleetFigures {
  readonly #run: Run;
  readonly #tally = new Tally();
  readonly #counters = new Map<string, Counter>();
  readonly #bytes = this.#tally.counter("receivedBytes");
  readonly #tags: readonly Readonly<Record<string, string>>[];
  readonly #stops: readonly StopCauses[];
  readonly #reported: AccountTotals[] = [];
  #leftSinceMark = 0;
  #markedMs = -Infinity;

  constructor(run: Run, streams: readonly SubscriptionSpec[]) {
    this.#run = run;
    this.#tags = streams.map(streamTags);
    this.#stops = streams.map((_, stream) =>
      new StopCauses((cause, count) => this.#countEnds(stream, cause, count))
    );
  }

  /** A text frame; a character counts as a byte, which it is but for names outside of ASCII. */
  message(kind: MessageKind, characters: number): void {
    this.#counter("messages", "name", kind).value++;
    this.#bytes.value += characters;
  }

  unassigned(kind: MessageKind): void {
    this.#counter("unassignedMessages", "name", kind).value++;
  }

  stray(kind: MessageKind): void {
    this.#counter("strayMessages", "name", kind).value++;
  }

  /** @param live live subscriptions of the stream before, this one included */
  ended(stream: number, cause: EndCause, { live }: { live: number }): void {
    if (cause !== "stop") return this.#countEnds(stream, cause, 1);
    this.#stops[stream]?.stopped(this.#run.clock.now(), { liveBefore: live });
  }

  refused(stream: number, cause: EndCause): void {
    this.#count("refusedSubscriptions", { ...this.#tags[stream], cause }, 1);
  }

  resumed(stream: number, afterMs: number): void {
    this.#observe("resubscribeTime", stream, {
      valueMs: afterMs,
      atMs: this.#run.clock.now(),
    });
  }

  left(cause: LeaveCause): void {
    this.#counter("lostSockets", "cause", cause).value++;
    this.#leftSinceMark++;
  }

  /** A socket was left on which nothing had been heard for so long. */
  silent(silentMs: number): void {
    const at = { atMs: this.#run.clock.now() };
    this.#run.recorder.observeMs("withoutProofOfLife", silentMs, at);
  }

  /** @param delay `atMs`: when it was told, clock time */
  delay(stream: number, { from, delayMs, atMs }: Delay): void {
    this.#observe(DELAY_NAMES[from], stream, { valueMs: delayMs, atMs });
  }

  /** Hands the counters over. */
  flush(): void {
    const nowMs = this.#run.clock.now();
    for (const stops of this.#stops) stops.flush(nowMs);
    this.#tally.flush(this.#run);
    if (this.#leftSinceMark === 0 || nowMs < this.#markedMs + MARK_EVERY_MS) return;
    if (!this.#run.hasBegun) return;
    this.#run.mark(`${this.#leftSinceMark} sockets lost`);
    this.#leftSinceMark = 0;
    this.#markedMs = nowMs;
  }

  /** Hands over by how much the sums grew; a sum of 0 too, once there is anything it could be about. */
  accounts(totals: readonly AccountTotals[]): void {
    if (!this.#run.hasBegun) return;
    for (const [stream, sums] of totals.entries()) {
      if (judgedEvents(sums) === 0) continue;
      const before = this.#reported[stream];
      for (const [key, name] of Object.entries(ACCOUNT_COUNTERS)) {
        const sum = key as keyof AccountTotals;
        this.#count(name, this.#tags[stream], sums[sum] - (before?.[sum] ?? 0));
      }
      this.#reported[stream] = { ...sums };
    }
  }

  /** The stops that are not sorted yet. */
  finish(): void {
    for (const stops of this.#stops) stops.flush(Infinity);
    this.flush();
  }

  #countEnds(stream: number, cause: string, count: number): void {
    this.#count("endedSubscriptions", { ...this.#tags[stream], cause }, count);
  }

  #count(name: string, tags: Readonly<Record<string, string>> | undefined, amount: number): void {
    const at = { atMs: this.#run.clock.now() };
    this.#run.recorder.count(name, amount, tags === undefined ? at : { ...at, tags });
  }

  #observe(
    name: string,
    stream: number,
    { valueMs, atMs }: { valueMs: number; atMs: number },
  ): void {
    const tags = this.#tags[stream];
    const at = { atMs };
    this.#run.recorder.observeMs(name, valueMs, tags === undefined ? at : { ...at, tags });
  }

  /** Kept by name, because a look-up of two texts is all that a message may cost. */
  #counter(name: string, tag: string, value: string): Counter {
    const key = `${name} ${value}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      this.#counters.set(key, counter = this.#tally.counter(name, { [tag]: value }));
    }
    return counter;
  }
}

/** `reset`: most of the type's subscriptions stopped together. `slow-consumer`: only some did. */
type StopCause = "reset" | "slow-consumer";

/** Steve ends all watches of a cache within about a second. */
const TOGETHER_MS = 2_000;

interface Group {
  readonly firstMs: number;
  /** Subscriptions of the stream that were live before the first of them stopped. */
  readonly liveBefore: number;
  count: number;
}

/**
 * Why did Steve end a subscription without an error? It does not say, but two causes differ in how
 * many they hit: a rebuilt cache ends every subscription of its type at about the same time, a full
 * queue of one socket only what is on it. Told of each stop of one stream.
 */
export class StopCauses {
  readonly #onCause: (cause: StopCause, count: number) => void;
  #group: Group | undefined;

  /** @param onCause told about 2 s after the first stop of each group */
  constructor(onCause: (cause: StopCause, count: number) => void) {
    this.#onCause = onCause;
  }

  /** @param liveBefore live subscriptions of the stream, this one included */
  stopped(nowMs: number, { liveBefore }: { liveBefore: number }): void {
    this.flush(nowMs);
    if (this.#group === undefined) this.#group = { firstMs: nowMs, liveBefore, count: 1 };
    else this.#group.count++;
  }

  /** Sorts the group that is complete by now; with Infinity whatever there is. */
  flush(nowMs: number): void {
    const group = this.#group;
    if (group === undefined || nowMs - group.firstMs <= TOGETHER_MS) return;
    this.#group = undefined;
    const isMost = group.count * 2 >= group.liveBefore;
    this.#onCause(isMost ? "reset" : "slow-consumer", group.count);
  }
}
