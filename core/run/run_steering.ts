/**
 * Says how a run is, and changes it while it goes, for whoever asks. The one place at which a change
 * is allowed, put in force, written down and said.
 * @module
 */

import type { Say } from "../say.ts";
import { type Change, changeText } from "../run_log/change.ts";
import { formatSignificant } from "../units.ts";
import type { Run } from "./run.ts";
import type { RunPlan } from "./run_plan.ts";
import { CannotChangeError, type OnChange, type RunStatus, type Steering } from "./steering.ts";

/** Beyond these a slip of the finger would keep this program busy with nothing else. */
const MOST_PER_SEC = 1_000_000;
const MOST_WORKERS = 100_000;

interface SteeringOptions {
  readonly command: string;
  readonly plan: Pick<RunPlan, "target" | "model" | "targetRatePerSec" | "changes">;
  /** What the live line shows now. */
  readonly line: () => string;
  readonly say: Say;
}

/** See the module. */
export class RunSteering implements Steering {
  readonly #run: Run;
  readonly #options: SteeringOptions;
  readonly #followers = new Set<OnChange>();
  /** The change before: they come into force one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #ratePerSec: number | undefined;
  #isOver = false;

  constructor(run: Run, options: SteeringOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** Arrivals that are asked for now; null: closed, or not known. */
  get targetRatePerSec(): number | null {
    return this.#ratePerSec ?? this.#options.plan.targetRatePerSec;
  }

  status(): RunStatus {
    const { command, plan: { target }, line } = this.#options;
    return {
      runId: this.#run.id,
      command,
      target,
      state: this.#state,
      elapsedMs: this.#run.hasBegun ? this.#run.elapsedMs : 0,
      line: line(),
      targetRatePerSec: this.targetRatePerSec,
      workers: this.#workers ?? null,
      changes: this.#kinds,
    };
  }

  change(change: Change, by: string): Promise<string> {
    // Whoever holds up other changes must not hold up the end.
    if (change.kind === "stop") return this.#change(change, by);
    const changed = this.#last.then(() => this.#change(change, by));
    this.#last = changed.catch(() => {});
    return changed;
  }

  onChange(listener: OnChange): () => void {
    this.#followers.add(listener);
    return () => void this.#followers.delete(listener);
  }

  /** There is no load any more. */
  end(): void {
    this.#isOver = true;
  }

  get #state(): RunStatus["state"] {
    if (this.#isOver) return "over";
    if (this.#run.end !== undefined) return "stopping";
    if (!this.#run.hasBegun) return "preparing";
    return this.#run.tempo.isPaused ? "paused" : "running";
  }

  get #workers(): number | undefined {
    const planned = this.#options.plan.changes?.workers;
    return planned === undefined ? undefined : this.#run.tempo.workersOf(planned);
  }

  /** What this load can be asked for. */
  get #kinds(): Change["kind"][] {
    const { changes } = this.#options.plan;
    return [
      ...changes?.ratePerSec === undefined ? [] : ["rate" as const],
      ...changes?.workers === undefined ? [] : ["scale" as const],
      ...changes === undefined ? [] : ["pause" as const, "resume" as const],
      "stop",
      "mark",
    ];
  }

  async #change(change: Change, by: string): Promise<string> {
    this.#requirePossible(change);
    if (!this.#isNew(change)) return changeText(change);
    const was = this.#amountOf(change);
    if (change.kind === "stop") this.#run.stop("stopped");
    const doubts = await Promise.all([...this.#followers].map((follow) => follow(change, by)));
    if (change.kind !== "stop") this.#requirePossible(change); // it may have ended meanwhile
    const atMs = this.#run.elapsedMs;
    this.#putInForce(change);
    this.#run.note({ type: "change", atMs, change, ...was === undefined ? {} : { was }, by });
    const text = changeText(change, was);
    this.#options.say(`${text} by ${by}`);
    const doubt = doubts.find((one) => one !== undefined);
    if (doubt === undefined) return text;
    this.#run.warn("change-in-doubt", `${text} may not be in force everywhere: ${doubt}`);
    throw new CannotChangeError(`${text} is asked for, and ${doubt}`);
  }

  #isNew({ kind }: Change): boolean {
    if (kind === "pause") return !this.#run.tempo.isPaused;
    return kind !== "resume" || this.#run.tempo.isPaused;
  }

  #amountOf({ kind }: Change): number | undefined {
    if (kind === "rate") return this.targetRatePerSec ?? undefined;
    return kind === "scale" ? this.#workers : undefined;
  }

  #putInForce(change: Change): void {
    const { tempo } = this.#run;
    if (change.kind === "pause") this.#run.pause();
    else if (change.kind === "resume") this.#run.resume();
    else if (change.kind === "scale") tempo.change({ workers: change.workers });
    else if (change.kind === "rate") {
      tempo.change({ factor: change.ratePerSec / this.#options.plan.changes!.ratePerSec! });
      this.#ratePerSec = change.ratePerSec;
    }
  }

  /** @throws {CannotChangeError} */
  #requirePossible(change: Change): void {
    const { kind } = change;
    if (this.#state === "over" || this.#state === "stopping") {
      throw new CannotChangeError("The load is over");
    }
    if (!this.#kinds.includes(kind)) {
      const [last, ...others] = this.#kinds.toReversed();
      throw new CannotChangeError(
        `${REFUSED[kind] ?? "No such change"} of this load (${this.#options.plan.model}): ` +
          `it can be asked for ${others.reverse().join(", ")} or ${last}`,
      );
    }
    if (this.#state === "preparing" && kind !== "stop") {
      throw new CannotChangeError("The load has not begun yet");
    }
    requireBearable(change);
  }
}

const REFUSED: Readonly<Partial<Record<Change["kind"], string>>> = {
  rate: "There is no rate that could be changed",
  scale: "There is no number of workers that could be changed",
  pause: "There is no pause",
  resume: "There is no pause",
};

function requireBearable(change: Change): void {
  if (change.kind === "rate" && !(change.ratePerSec > 0 && change.ratePerSec <= MOST_PER_SEC)) {
    throw new CannotChangeError(
      `Cannot use ${formatSignificant(change.ratePerSec)}/s as the rate: ` +
        `expected more than 0 and at most ${MOST_PER_SEC}`,
    );
  }
  if (change.kind === "scale" && !(change.workers >= 1 && change.workers <= MOST_WORKERS)) {
    throw new CannotChangeError(
      `Cannot use ${change.workers} workers: expected 1 to ${MOST_WORKERS}`,
    );
  }
}
