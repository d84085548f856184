/**
 * The changes that make Steve drop its copy of a type: the custom resource's definition goes back and
 * forth between two sets of columns, each change confirmed by what Steve then shows. Never retries a
 * change, and takes none for granted.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Finding } from "../../../core/judge/finding.ts";
import { constant } from "../../../core/load/arrival.ts";
import { execute, type LoadContext } from "../../../core/load/executor.ts";
import { until } from "../../../core/load/until.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import { NAME } from "../../../core/version.ts";
import type { ClusterWriter } from "../../../kube/cluster.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../kube/resource.ts";
import { StatusError } from "../../../kube/status_error.ts";
import { COLUMNS, CRD_NAME, crdPatch, type CrdVariant, FOO_SCHEMA_ID } from "./objects.ts";
import type { SteveClient } from "../client/steve_client.ts";

/** Set-up makes variant A, so that the first change is one too. */
const ORDER: readonly CrdVariant[] = ["B", "A"];
const POLL_MS = 100;
const UNPROCESSABLE = 422;

interface CrdToggleOptions {
  readonly cluster: Pick<ClusterWriter, "patch">;
  readonly steve: Pick<SteveClient, "columns">;
  /** From one change to the next. */
  readonly periodMs: number;
  /**
   * How long Steve may take to show a change, unless the next one comes first.
   * @default 30 s
   */
  readonly patienceMs?: number;
  /** The API server has made the change. */
  readonly onChanged?: (variant: CrdVariant) => void;
}

/** What became of the changes. */
export interface CrdChanges {
  /** Answered with success. */
  readonly changed: number;
  /** Steve showed the new columns. */
  readonly confirmed: number;
  /** Steve showed the old ones until the next change, or for too long. */
  readonly unconfirmed: number;
  /** As `unconfirmed`, but lag of our own may be why it was not seen. */
  readonly unseen: number;
  /** Answered 422: the patch itself is wrong. */
  readonly invalid: number;
}

const CONFIRM_PATIENCE_MS = 30_000;

/**
 * Changes the definition until `stopping`. Operations: `crdChange`, tagged with the variant, and
 * `crdShown`, from the answer to the change until Steve shows its columns, which fails with `stalled`
 * if it does not.
 */
export class CrdToggle {
  readonly #context: LoadContext;
  readonly #options: CrdToggleOptions;
  #changes: CrdChanges = { changed: 0, confirmed: 0, unconfirmed: 0, unseen: 0, invalid: 0 };
  /** Whose columns Steve showed when it was last asked. */
  #shown: CrdVariant | undefined;
  /** Ends the wait for the change before. */
  #superseded = new AbortController();

  constructor(context: LoadContext, options: CrdToggleOptions) {
    this.#context = context;
    this.#options = options;
  }

  get changes(): CrdChanges {
    return this.#changes;
  }

  async run(): Promise<void> {
    await execute(this.#context, {
      workload: this.#workload(),
      model: {
        kind: "open",
        arrivals: constant(1_000 / this.#options.periodMs),
        maxInFlight: Infinity,
        whenFull: "queue",
        // Two changes at once would be none.
        catchUp: "skip",
      },
    });
  }

  #workload(): Workload {
    return {
      name: "CRD changes",
      firstOp: "crdChange",
      iterate: async (iteration) => {
        const variant = ORDER[iteration.index % ORDER.length]!;
        if (await this.#change(iteration, variant)) await this.#confirm(iteration, variant);
      },
    };
  }

  /** @returns whether the API server made it */
  async #change(iteration: Iteration, variant: CrdVariant): Promise<boolean> {
    const { cluster, onChanged } = this.#options;
    const { aborted: signal } = iteration;
    this.#superseded.abort();
    this.#superseded = new AbortController();
    const options = { type: "merge", fieldManager: NAME, signal } as const;
    const body = crdPatch(variant);
    try {
      const send = () =>
        cluster.patch(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME }, { body, options });
      await iteration.timed(send, { op: "crdChange", tags: { variant } });
    } catch (thrown) {
      if (thrown instanceof StatusError && thrown.code === UNPROCESSABLE) this.#count("invalid");
      return false;
    }
    this.#count("changed");
    onChanged?.(variant);
    return true;
  }

  async #confirm(iteration: Iteration, variant: CrdVariant): Promise<void> {
    const superseded = this.#superseded.signal;
    const signal = AbortSignal.any([superseded, iteration.stopping]);
    const { clock, recorder } = this.#context;
    const sentMs = clock.now();
    try {
      await iteration.timed(
        () => this.#untilShown(variant, { signal, superseded }),
        { op: "crdShown", tags: { variant } },
      );
      this.#count("confirmed");
    } catch (thrown) {
      // A change that the end of the run cut off is neither.
      if (!(thrown instanceof OperationFailedError)) return;
      this.#count(recorder.ownLagExplains(sentMs, clock.now()) ? "unseen" : "unconfirmed");
    }
  }

  async #untilShown(
    variant: CrdVariant,
    { signal, superseded }: { signal: AbortSignal; superseded: AbortSignal },
  ): Promise<void> {
    const { steve, patienceMs: timeoutMs = CONFIRM_PATIENCE_MS } = this.#options;
    let seen = "nothing";
    const look = async () => {
      try {
        const columns = await steve.columns(FOO_SCHEMA_ID, signal);
        seen = `columns ${columns}`;
        const before = this.#shown;
        this.#shown = variantOf(columns) ?? before;
        // Columns from before a change that was never shown confirm nothing.
        if (this.#shown === variant && before !== variant) return true;
      } catch (thrown) {
        // Steve may be down for a moment, or not know the type; what counts is when it does.
        if (!signal.aborted) seen = messageOf(thrown);
      }
    };
    const late = () => {
      throw notShown(variant, seen);
    };
    try {
      await until(this.#context.clock, look, { pollMs: POLL_MS, timeoutMs, signal, late });
    } catch (thrown) {
      throw superseded.aborted ? notShown(variant, seen) : thrown;
    }
  }

  #count(what: keyof CrdChanges): void {
    this.#changes = { ...this.#changes, [what]: this.#changes[what] + 1 };
  }
}

function notShown(variant: CrdVariant, seen: string): OperationFailedError {
  const what = `the columns of ${FOO_SCHEMA_ID} became ${COLUMNS[variant]}`;
  return new OperationFailedError("stalled", `Steve does not show that ${what}, but ${seen}`);
}

function variantOf(columns: readonly string[]): CrdVariant | undefined {
  return ORDER.find((variant) => COLUMNS[variant].join() === columns.join());
}

/** Whether there were changes, all of them possible, and Steve followed at least one. */
export function judgeChanges(changes: CrdChanges): Finding {
  const { changed, confirmed, unconfirmed, unseen, invalid } = changes;
  const finding = {
    subject: "CRD changes shown by Steve",
    observed: `${confirmed} of ${confirmed + unconfirmed + unseen}`,
    limit: "1 at least, none refused with 422",
  };
  if (invalid > 0) {
    const reason = `the API server refused ${invalid} changes with 422: they are no valid CRD`;
    return { ...finding, verdict: "fail", reason };
  }
  if (changed === 0) {
    const reason = "the API server made no change: nothing is known";
    return { ...finding, observed: null, verdict: "inconclusive", reason };
  }
  if (confirmed > 0) return { ...finding, verdict: "pass", reason: "" };
  if (unconfirmed > 0) {
    const reason = "Steve never showed the columns of a changed CRD, so that it was not tested";
    return { ...finding, verdict: "fail", reason };
  }
  if (unseen > 0) {
    const reason =
      "the generator's own event loops were behind while Steve was asked for a changed " +
      "CRD: lower the load on this machine or use a larger one";
    return { ...finding, verdict: "inconclusive", reason };
  }
  const reason = "the run ended before Steve could have shown a change";
  return { ...finding, observed: null, verdict: "inconclusive", reason };
}
