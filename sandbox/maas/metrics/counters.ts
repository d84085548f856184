/**
 * What has been counted, as a page of metrics.
 * Source: Prometheus, "Exposition formats", text format 0.0.4.
 * @module
 */

type Labels = Readonly<Record<string, string>>;

export class Counters {
  readonly #lines = new Map<string, number>();

  add(name: string, labels: Labels = {}, by = 1): void {
    const line = name + labelText(labels);
    this.#lines.set(line, (this.#lines.get(line) ?? 0) + by);
  }

  /** 0 for what was never counted. */
  get(name: string, labels: Labels = {}): number {
    return this.#lines.get(name + labelText(labels)) ?? 0;
  }

  /** @param levels that are what they are now */
  page(levels: Readonly<Record<string, number>> = {}): string {
    const lines = [...this.#lines, ...Object.entries(levels)];
    return lines.map(([line, value]) => `${line} ${value}\n`).join("");
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
