/**
 * What does a series tell by its name: how do a name and its tags become one key, what does a tag filter
 * match, and in which unit are the values?
 * @module
 */

import type { Tags } from "./sample.ts";

/** `name{a="1",b="2"}` with the tags sorted; the Prometheus way of writing a series. */
export function seriesKey(name: string, tags?: Tags): string {
  if (tags === undefined) return name;
  const pairs = Object.keys(tags).sort().map((key) => `${key}=${JSON.stringify(tags[key])}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** Whether the series has every tag of the filter with the same value; an empty filter matches all. */
export function tagsMatch(filter: Tags, tags: Tags | undefined): boolean {
  return Object.keys(filter).every((key) => tags?.[key] === filter[key]);
}

/** What a counter, a gauge or a distribution is measured in. */
export type ValueUnit = "bytes" | "ms" | "ratio" | "count";

/**
 * The unit that a name states, after the naming rule of the code base (units in names: `Ms`,
 * `Bytes`, `Ratio`, in camel, snake or kebab case); `count` when it states none.
 * @param name of a series, with its tags or without
 */
export function unitOfName(name: string): ValueUnit {
  const words = baseName(name).split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .map((word) => word.toLowerCase());
  if (words.includes("bytes")) return "bytes";
  if (words.includes("ratio")) return "ratio";
  return words.includes("ms") ? "ms" : "count";
}

/** The name of a series without its tags: `received_bytes{connection="0"}` -> `received_bytes`. */
export function baseName(seriesName: string): string {
  const brace = seriesName.indexOf("{");
  return brace === -1 ? seriesName : seriesName.slice(0, brace);
}
