/** In which unit are the values of a counter or a gauge, as its name states it? @module */

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
