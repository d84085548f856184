/**
 * Keys that are pressed at the terminal of a run: what each of them asks for. What came of it the run
 * says itself; only what could not be is said here.
 * @module
 */

import type { Io, KeyListener } from "../command/command.ts";
import { messageOf } from "../errors.ts";
import type { Change } from "../run_log/change.ts";
import type { Say } from "../say.ts";
import type { Run } from "./run.ts";
import type { RunStatus, Steering } from "./steering.ts";

const STEP_RATIO = 0.1;
const LEAST_STEP = 1;
/** A rate stays one that people can read. */
const RATE_DIGITS = 6;

interface KeysOptions {
  readonly io: Pick<Io, "onKey">;
  readonly say: Say;
  /** Fires when the load is over. */
  readonly ended: AbortSignal;
}

/** Heeds keys while the load goes on; resolves when it does not any more. */
export async function heedKeys(
  run: Run,
  steering: Steering,
  { io, say, ended }: KeysOptions,
): Promise<void> {
  if (io.onKey === undefined) return;
  const over = AbortSignal.any([ended, run.stopping]);
  await Promise.race([run.begun, run.clock.sleepUntil(Infinity, over)]);
  if (over.aborted) return;
  const release = io.onKey(new RunKeys(steering, say));
  await run.clock.sleepUntil(Infinity, over);
  release();
}

/** What the keys do to a run. */
export class RunKeys implements KeyListener {
  readonly #steering: Steering;
  readonly #say: Say;
  #isHinted = false;
  #marks = 0;
  /** Of one key after another: each begins with what the one before has come to. */
  #last = Promise.resolve();

  constructor(steering: Steering, say: Say) {
    this.#steering = steering;
    this.#say = say;
  }

  onListening(): void {
    if (!this.#isHinted) this.#say(`keys: ${helpText(this.#steering.status())}`);
    this.#isHinted = true;
  }

  onKey(key: string): void {
    this.#last = this.#last.then(() => this.#press(key));
  }

  async #press(key: string): Promise<void> {
    const status = this.#steering.status();
    if (key === "?") return this.#say(`keys: ${helpText(status)}`);
    const asked = this.#askedBy(key, status);
    if (asked === undefined) return;
    try {
      if (typeof asked === "string") return this.#say(asked);
      await this.#steering.change(asked, "key");
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  /** A text: why it cannot be asked for. Undefined: the key has no meaning. */
  #askedBy(key: string, status: RunStatus): Change | string | undefined {
    switch (key) {
      case " ":
        return { kind: status.state === "paused" ? "resume" : "pause" };
      case "+":
        return stepped(status, 1);
      case "-":
        return stepped(status, -1);
      case "m":
        return { kind: "mark", text: `#${++this.#marks}` };
      case "q":
        return { kind: "stop" };
    }
  }
}

/** By a tenth, and by 1 at least: of the workers, if it has some, or else of the rate. */
function stepped(status: RunStatus, sign: 1 | -1): Change | string {
  const { targetRatePerSec, workers, changes } = status;
  const step = (amount: number) => sign * Math.max(LEAST_STEP, amount * STEP_RATIO);
  if (changes.includes("rate") && targetRatePerSec !== null) {
    const ratePerSec = Number((targetRatePerSec + step(targetRatePerSec)).toPrecision(RATE_DIGITS));
    return ratePerSec > 0 ? { kind: "rate", ratePerSec } : "the rate is at its lowest";
  }
  if (changes.includes("scale") && workers !== null) {
    const scaled = workers + Math.round(step(workers));
    return scaled > 0 ? { kind: "scale", workers: scaled } : "one is the least";
  }
  return "this load has neither a rate nor workers that could be changed";
}

/** `space pause, + - rate by 10 %, m mark, q stop, ? keys`. */
function helpText({ changes }: RunStatus): string {
  const amount = changes.includes("rate") ? "rate" : changes.includes("scale") ? "workers" : null;
  return [
    ...changes.includes("pause") || changes.includes("resume") ? ["space pause and resume"] : [],
    ...amount === null ? [] : [`+ - ${amount} by 10 %`],
    ...changes.includes("mark") ? ["m mark"] : [],
    ...changes.includes("stop") ? ["q stop"] : [],
    "? keys",
  ].join(", ");
}
