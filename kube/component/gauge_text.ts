/**
 * What is the value of one gauge in a page of metrics? Reads the Prometheus text format.
 * Source: Prometheus, "Exposition formats", text format 0.0.4.
 * @module
 */

const LINE = /^([A-Za-z_:][\w:]*)(?:\{.*\})?[ \t]+(\S+)/;

/** The sum over all label sets of a name; undefined if the page has none. */
export function gaugeValue(page: string, name: string): number | undefined {
  let sum: number | undefined;
  for (const line of page.split("\n")) {
    const [, found, value = ""] = LINE.exec(line) ?? [];
    if (found !== name) continue;
    const number = Number(value);
    if (Number.isFinite(number)) sum = (sum ?? 0) + number;
  }
  return sum;
}
