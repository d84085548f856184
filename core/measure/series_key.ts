/** How a name and its tags become one key, and what a tag filter matches. @module */

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
