/** Where components of the target tell of themselves: flags -> sources. Reads nothing. @module */

import { duration, flag, listOf, readable } from "../../core/command/flags.ts";
import { pageSource, podSource, type UsageSource } from "./usage_source.ts";

/** One place where a component tells of itself. */
export interface ComponentSource<Name extends string> {
  readonly name: Name;
  readonly source: UsageSource;
}

/**
 * Flags for components of these names, which flags write in lower case and with hyphens.
 * @param noun what they are called: `part`
 */
export function componentFlags<Name extends string>(
  names: readonly Name[],
  { noun, help, periodMs }: { noun: string; help: string; periodMs: number },
) {
  const parse = (given: string) => componentSource(names, given);
  return {
    component: flag(listOf(readable(`${noun}=url|${noun}=namespace/label=value`, parse)), {
      help: `${help}: ${wordsText(names, ", ", " or ")}, by a page of metrics or by its pods`,
      default: [],
    }),
    "usage-period": flag(duration({ minMs: 100 }), {
      help: "from one reading of these to the next: reading a page of metrics costs CPU, too",
      default: periodMs,
    }),
  };
}

/** `auth=http://host:port/metrics` or `auth=namespace/label=value`. @throws {SyntaxError} */
export function componentSource<Name extends string>(
  names: readonly Name[],
  given: string,
): ComponentSource<Name> {
  const [, word = "", place = ""] = /^([a-z-]+)=(.*)$/s.exec(given) ?? [];
  const name = names.find((name) => wordOf(name) === word);
  const source = pageSource(place) ?? podSource(place);
  if (name !== undefined && source !== undefined) return { name, source };
  throw new SyntaxError(
    `must be ${wordsText(names, ", ", " or ")}, then =URL of its metrics or ` +
      `=NAMESPACE/LABEL=VALUE of its pods, not "${given}"`,
  );
}

/** Each once. */
export function componentSources<Name extends string>(
  names: readonly Name[],
  given: readonly string[],
): ComponentSource<Name>[] {
  return [...new Set(given)].map((text) => componentSource(names, text));
}

/** As flags write it: without a space. */
function wordOf(name: string): string {
  return name.toLowerCase().replace(" ", "-");
}

function wordsText(names: readonly string[], comma: string, last: string): string {
  const words = names.map(wordOf);
  return words.slice(0, -1).join(comma) + last + words.at(-1);
}
