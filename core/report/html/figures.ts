/**
 * How is one number written in the HTML report, and in which unit? Never writes NaN or Infinity:
 * what is not known is an en dash that says why. Never computes a statistic.
 * @module
 */

import type { ValueUnit } from "../../measure/series_key.ts";
import { type QuantileName, QUANTILES, samplesNeeded } from "../../measure/summary.ts";
import { formatBytes, formatSignificant } from "../../units.ts";
import { type Markup, markup } from "./markup.ts";

const GROUPED = new Intl.NumberFormat("en-US");

/** An en dash that tells the reader on hover why there is no figure. */
export function missing(why: string): Markup {
  return markup`<abbr class="missing" title="${why}">–</abbr>`;
}

/** A whole number with its thousands apart: 1,234,567. */
export function countFigure(count: number): string | Markup {
  return Number.isFinite(count) ? GROUPED.format(count) : missing("not a finite number");
}

/** Three significant digits, thousands apart: 0.0123, 12.3, 1,230. */
export function decimalFigure(value: number): string | Markup {
  if (!Number.isFinite(value)) return missing("not a finite number");
  return Math.abs(value) >= 1_000 ? GROUPED.format(Math.round(value)) : formatSignificant(value);
}

/** A value with its unit: "1.05 MB", "12.3 ms", "85 %", "1,230". */
export function valueFigure(value: number, unit: ValueUnit): string | Markup {
  if (!Number.isFinite(value)) return missing("not a finite number");
  if (unit === "bytes") return formatBytes(value);
  if (unit === "ratio") return `${formatSignificant(value * 100)} %`;
  const figure = decimalFigure(value);
  return unit === "ms" ? markup`${figure} ms` : figure;
}

/** A quantile without its unit, or a dash that says how many values it would have needed. */
export function quantileFigure(
  name: QuantileName,
  from: { readonly value: number | null; readonly count: number; readonly unit: "ms" | "bytes" },
): string | Markup {
  if (from.value === null) {
    const needed = GROUPED.format(samplesNeeded(QUANTILES[name]));
    return missing(`${name} needs at least ${needed} values, there were ${from.count}`);
  }
  return from.unit === "bytes" ? valueFigure(from.value, "bytes") : decimalFigure(from.value);
}
