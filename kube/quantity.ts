/**
 * The number that a Kubernetes quantity stands for: `100`, `1k`, `2Ki`, `500m`, `1e3`.
 * Source: apimachinery, pkg/api/resource/quantity.go (format).
 * @module
 */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** NaN for what is no quantity. */
export function parseQuantity(text: string): number {
  const [, number, exponent, suffix = ""] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(text) ?? [];
  if (number === undefined) return NaN;
  return Number(number + (exponent ?? "")) * (FACTORS[suffix] ?? NaN);
}
