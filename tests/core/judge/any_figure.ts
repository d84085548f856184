/** Figures of every form, with a limit in each of their units. @module */

import fc from "fast-check";
import { type Figure, type FigureTerm, unitsOfFigure } from "../../../core/judge/figure.ts";
import type { Limit, LimitUnit } from "../../../core/judge/limit.ts";
import { COMMON_REASONS } from "../../../core/measure/sample.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const LIMITS: Readonly<Record<LimitUnit, fc.Arbitrary<number>>> = {
  ms: finite,
  bytes: fc.nat(2 ** 52),
  perSec: fc.double({ min: 1e-9, max: 1e15, noNaN: true }),
  bytesPerSec: fc.nat(2 ** 52),
  ratio: fc.double({ min: 0, max: 1, noNaN: true }),
  none: finite,
};

export const anyName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,9}$/);
const anyText = fc.string({ unit: "binary", minLength: 0 });

const none = { view: null, reason: null };
const percentiles = fc.double({ min: 0, max: 100, noNaN: true })
  .map((percentile) => ({ kind: "percentile", percentile } as const));
const kinds = <K extends string>(...some: K[]) =>
  fc.constantFrom(...some).map((kind) => ({ kind }));
const stats = fc.oneof(
  fc.record({
    view: fc.constantFrom("service" as const, "response" as const, "lag" as const),
    reason: fc.constant(null),
    stat: percentiles,
  }),
  fc.record({
    view: fc.constantFrom("ok" as const, "dropped" as const, "cancelled" as const),
    reason: fc.constant(null),
    stat: kinds("ratio"),
  }),
  fc.record({
    view: fc.constant("failed" as const),
    reason: fc.oneof(
      fc.constantFrom(...COMMON_REASONS),
      fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,9}$/),
    ),
    stat: kinds("count"),
  }),
  percentiles.map((stat) => ({ ...none, stat })),
  kinds("min", "mean", "max", "last", "rate", "total").map((stat) => ({ ...none, stat })),
);

const anyTerm: fc.Arbitrary<FigureTerm> = fc.record({
  metric: anyName,
  tags: fc.uniqueArray(fc.tuple(anyName, anyText), { selector: ([key]) => key })
    .map((pairs) => Object.fromEntries(pairs)),
  stat: stats,
}).map(({ stat, ...term }) => ({ ...term, ...stat }));

export const anyFigure: fc.Arbitrary<Figure> = fc.record({
  term: anyTerm,
  per: fc.option(anyTerm),
  stage: fc.option(fc.oneof(anyText, fc.constantFrom("load", "lambda=50", "a/b", "over", "in"))),
}).map(({ term, per, stage }) => ({ ...term, per, stage }))
  .filter((figure) => unitsOfFigure(figure).length > 0);

/** A limit that a threshold on the figure can have. */
export function anyLimit(figure: Figure): fc.Arbitrary<Limit> {
  return fc.constantFrom(...unitsOfFigure(figure))
    .chain((unit) => LIMITS[unit].map((value) => ({ value, unit })));
}
