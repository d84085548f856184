/**
 * How large does the write-ahead log of each replica get, and does it grow on when nothing is written
 * any more? Reads at a fixed rate; a replica that cannot be read is a failure and never a 0.
 * @module
 */

import type { Finding } from "../../../core/judge/finding.ts";
import { constant } from "../../../core/load/arrival.ts";
import { execute, type LoadContext } from "../../../core/load/executor.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import { formatBytes } from "../../../core/units.ts";
import type { WalProbe, WalReplica } from "./wal_probe.ts";

interface WalWatchOptions {
  readonly probe: WalProbe;
  /** From one look to the next. */
  readonly periodMs: number;
}

/** What was seen of one replica. */
export interface WalSeen {
  readonly replica: string;
  readonly maxBytes: number;
  readonly lastBytes: number;
  /** At the last look before the churn ended; undefined if there was none. */
  readonly atChurnEndBytes: number | undefined;
  /** Looks after the churn ended. */
  readonly looksAfterChurn: number;
}

/** Operation `walCheck` of each replica, or of none that was found; gauge `walBytes{replica}`. */
export class WalWatch {
  readonly #context: LoadContext;
  readonly #options: WalWatchOptions;
  readonly #seen = new Map<string, WalSeen>();
  #isChurning = true;

  constructor(context: LoadContext, options: WalWatchOptions) {
    this.#context = context;
    this.#options = options;
  }

  get seen(): readonly WalSeen[] {
    return [...this.#seen.values()];
  }

  /** From now on nothing is written by this run. */
  churnEnded(): void {
    this.#isChurning = false;
  }

  /** Looks until `stopping`. */
  async run(): Promise<void> {
    await execute(this.#context, {
      workload: {
        name: "WAL size",
        firstOp: "walCheck",
        iterate: (iteration) => this.#look(iteration),
      },
      model: {
        kind: "open",
        arrivals: constant(1_000 / this.#options.periodMs),
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "skip",
      },
    });
  }

  async #look(iteration: Iteration): Promise<void> {
    // A failure to find the replicas is counted by the executor, as one check that failed.
    const replicas = await this.#options.probe.replicas(iteration.aborted);
    await Promise.allSettled(replicas.map((replica) => this.#read(replica, iteration)));
  }

  async #read(replica: WalReplica, iteration: Iteration): Promise<void> {
    const { clock, recorder } = this.#context;
    const { name } = replica;
    const read = () => replica.readBytes(iteration.aborted);
    const tags = { replica: name };
    const bytes = await iteration.timed(read, { op: "walCheck", tags, dueMs: iteration.dueMs });
    recorder.gauge("walBytes", bytes, { atMs: clock.now(), tags });
    this.#note(name, bytes);
  }

  #note(replica: string, bytes: number): void {
    const before = this.#seen.get(replica);
    this.#seen.set(replica, {
      replica,
      maxBytes: Math.max(before?.maxBytes ?? 0, bytes),
      lastBytes: bytes,
      atChurnEndBytes: this.#isChurning ? bytes : before?.atChurnEndBytes,
      looksAfterChurn: (before?.looksAfterChurn ?? 0) + (this.#isChurning ? 0 : 1),
    });
  }
}

/**
 * Whether a log went on growing after the churn by more than `slackBytes`. It never shrinks, so that
 * a reader that pins it shows in growth alone.
 */
export function judgeGrowth(
  seen: readonly WalSeen[],
  { slackBytes }: { slackBytes: number },
): Finding {
  const grown = seen
    .filter(({ atChurnEndBytes, looksAfterChurn }) =>
      atChurnEndBytes !== undefined && looksAfterChurn > 0
    )
    .map(({ replica, lastBytes, atChurnEndBytes = 0 }) => ({
      replica,
      bytes: lastBytes - atChurnEndBytes,
    }))
    .sort((one, other) => other.bytes - one.bytes);
  const [most] = grown;
  const finding = { subject: "WAL growth after the churn", limit: `<= ${formatBytes(slackBytes)}` };
  if (most === undefined) {
    const reason = "no replica was looked at both before and after the end of the churn";
    return { ...finding, observed: null, verdict: "inconclusive", reason };
  }
  const observed = `${formatBytes(most.bytes)} (${most.replica})`;
  if (most.bytes <= slackBytes) return { ...finding, observed, verdict: "pass", reason: "" };
  const reason = `the log of ${most.replica} grew although nothing was written any more`;
  return { ...finding, observed, verdict: "fail", reason };
}
