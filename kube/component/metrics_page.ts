/**
 * What does a page of metrics say? Reads the Prometheus text format, and of OpenMetrics what has the
 * same form; never takes an exemplar for a value. Knows no metric by name.
 * Sources: Prometheus, "Exposition formats", text format 0.0.4; OpenMetrics 1.0, "Exemplars".
 * @module
 */

/** One line of a page. */
interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Finite: a sample that is NaN or infinite says nothing, and is left out. */
  readonly value: number;
}

/** Name, labels with their braces, value; what follows is a time of its own or an exemplar. */
const LINE = /^([A-Za-z_:][\w:]*)[ \t]*(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?[ \t]*([^\s{}]+)(?=\s|$)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of these names, in the page's order; lines that cannot be read are left out. */
export function* metricSamples(
  page: string,
  names: ReadonlySet<string>,
): Generator<MetricSample, void, undefined> {
  for (let start = 0; start < page.length;) {
    const feed = page.indexOf("\n", start);
    const end = feed < 0 ? page.length : feed;
    const [, name = "", labels = "", text = ""] = LINE.exec(page.slice(start, end)) ?? [];
    start = end + 1;
    if (!names.has(name)) continue;
    const value = Number(text);
    if (Number.isFinite(value)) yield { name, labels: labelsOf(labels), value };
  }
}

/** The sum over all label sets of a name; undefined if the page has none. */
export function metricSum(page: string, name: string): number | undefined {
  let sum: number | undefined;
  for (const { value } of metricSamples(page, new Set([name]))) sum = (sum ?? 0) + value;
  return sum;
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name, value]) => [name!, unescaped(value!)]),
  );
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => letter === "n" ? "\n" : letter);
}
