/**
 * What each generator of a run measured and what became of it, stage by stage: of its load no more than
 * tells it from the others, as there may be many. Decides nothing.
 * @module
 */

import type { OneGenerator } from "../judge/generators_validity.ts";
import type { Interval, OperationInterval } from "../measure/interval.ts";
import { Totals } from "../measure/totals.ts";
import type { GeneratorEvent } from "../run_log/generator_event.ts";
import type { Manifest } from "../run_log/manifest.ts";

/** What a generator says of itself, and no load of its makes. */
const OWN_READINGS: ReadonlySet<string> = new Set(["loopLag", "schedulingLag", "cpuRatio"]);

type Ready = Extract<GeneratorEvent, { kind: "ready" }>;
type Lost = Extract<GeneratorEvent, { kind: "lost" }>;
type Missing = Extract<GeneratorEvent, { kind: "missing" }>;

/** What became of one. */
export class OneFate {
  clock: Ready["clock"] | null = null;
  lateMs: number | null = null;
  lost: Omit<Lost, "kind"> | null = null;
  readonly missing: Omit<Missing, "kind">[] = [];

  take(event: GeneratorEvent): void {
    if (event.kind === "ready") this.clock = event.clock;
    else if (event.kind === "begun") this.lateMs ??= event.lateMs;
    else if (event.kind === "lost") this.lost ??= { atMs: event.atMs, why: event.why };
    else if (event.kind === "found") this.lost = null;
    else this.missing.push({ fromMs: event.fromMs, untilMs: event.untilMs, why: event.why });
  }
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** See the module. */
export class GeneratorFigures {
  readonly fates: readonly OneFate[];
  /** By generator and stage. */
  readonly #totals = new Map<string, Totals>();
  readonly #op: string;

  constructor({ count }: NonNullable<Manifest["generators"]>, mainOperation: string) {
    this.fates = Array.from({ length: count }, () => new OneFate());
    this.#op = mainOperation;
  }

  takeEvent(generator: number, event: GeneratorEvent): void {
    this.fates[generator]?.take(event);
  }

  /** @param stage its number */
  takeInterval(interval: Interval, stage: number): void {
    const { generator } = interval;
    if (generator === undefined) return; // sums of levels, which no one generator had
    this.#of(generator, stage).add(this.#essential(interval));
  }

  /** Nothing more comes of that stage: takes as little memory as it can. */
  compact(stage: number): void {
    for (const generator of this.fates.keys()) this.#totals.get(key(generator, stage))?.compact();
  }

  /** What each measured in that stage, and whether that is all. */
  inStage(stage: number, { fromMs, untilMs }: Span): OneGenerator[] {
    return this.fates.map(({ lost, missing }, index) => {
      const totals = this.#totals.get(key(index, stage)) ?? new Totals();
      const parts = missing.map((gap) =>
        Math.min(gap.untilMs, untilMs) - Math.max(gap.fromMs, fromMs)
      );
      return {
        index,
        totals,
        lost: lost !== null && lost.atMs < untilMs ? lost : undefined,
        missingMs: parts.filter((ms) => ms > 0).reduce((sum, ms) => sum + ms, 0),
      };
    });
  }

  #of(generator: number, stage: number): Totals {
    const place = key(generator, stage);
    let totals = this.#totals.get(place);
    if (totals === undefined) this.#totals.set(place, totals = new Totals());
    return totals;
  }

  #essential(interval: Interval): Interval {
    const { operations, distributions, gauges } = interval;
    return {
      ...interval,
      generator: undefined,
      operations: operations.map((one) => this.#outcomes(one)),
      distributions: distributions.filter(({ name }) => OWN_READINGS.has(name)),
      counters: [],
      gauges: gauges.filter(({ name }) => OWN_READINGS.has(name)),
    };
  }

  #outcomes(
    { op, ok, failed, dropped, cancelled, response }: OperationInterval,
  ): OperationInterval {
    const counts = { op, ok, failed, dropped, cancelled };
    return op === this.#op && response !== undefined ? { ...counts, response } : counts;
  }
}

function key(generator: number, stage: number): string {
  return `${generator} ${stage}`;
}
