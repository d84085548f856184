/**
 * Plan files: YAML that sets flags, `COMMAND: {flag: value}`, so that a run can be kept in git. The
 * section of a command in a group has its full name, `gateway attached-routes:`, as it is typed and as
 * reports show it; nested sections could not be told from the flags of a group.
 * Knows no flag's meaning; values go through the same parsers as the command line's.
 * @module
 */

import { isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { readYamlDocuments, type YamlDocument, YamlError } from "../yaml.ts";
import type { GivenTexts } from "./settings.ts";

/**
 * What a plan may say: for each command, by its full name, the names of its flags, aliases too, and
 * what each stands for.
 */
export type PlanVocabulary = Readonly<Record<string, ReadonlyMap<string, string>>>;

/**
 * The texts that the plan gives to one command's flags.
 * @throws {UsageError} with file, line and column for bad YAML, an unknown command or flag
 */
export function parsePlan(
  source: { text: string; path: string },
  want: { command: string; vocabulary: PlanVocabulary },
): GivenTexts {
  const document = documentOf(source);
  if (document === undefined) return {};
  const where = (node: unknown) => {
    const { line, column } = document.placeOf(node);
    return `${source.path}:${line}:${column}`;
  };
  const root = mapOf(document.root, { where, expected: "a mapping of command names" });
  let texts: GivenTexts = {};
  for (const [command, value] of entries(root, where)) {
    const names = want.vocabulary[command.name];
    if (names === undefined) {
      const hint = sectionHint(command.name, Object.keys(want.vocabulary));
      throw new UsageError(`${command.at}: no command "${command.name}"${hint}`);
    }
    const hintFor = (flag: string) =>
      `${command.name} ${flag}` in want.vocabulary
        ? ` (its section is "${command.name} ${flag}")`
        : didYouMean(flag, names.keys());
    const given = flagTexts(mapOf(value, { where, expected: "a mapping of flags" }), {
      names,
      where,
      hintFor,
    });
    if (command.name === want.command) texts = given;
  }
  return texts;
}

/** Whoever leaves the group out means the one command that is called so. */
function sectionHint(name: string, known: readonly string[]): string {
  const ends = known.filter((one) => one.endsWith(` ${name}`));
  return ends.length === 1 ? ` (did you mean "${ends[0]}"?)` : didYouMean(name, known);
}

/** Undefined: it says nothing. */
function documentOf({ text, path }: { text: string; path: string }): YamlDocument | undefined {
  try {
    const [first, second] = readYamlDocuments(text);
    if (first === undefined || second === undefined) return first;
    throw new YamlError("a plan is one document", second.placeOf(second.root));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { message, place } = error;
    throw new UsageError(`${path}:${place.line}:${place.column}: ${message}`, { cause: error });
  }
}

type Where = (node: unknown) => string;

function flagTexts(
  map: YAMLMap,
  known: {
    names: ReadonlyMap<string, string>;
    where: Where;
    hintFor: (flag: string) => string;
  },
): GivenTexts {
  const texts: Record<string, readonly string[]> = {};
  for (const [flag, value] of entries(map, known.where)) {
    const name = known.names.get(flag.name);
    if (name === undefined) {
      throw new UsageError(`${flag.at}: no flag "${flag.name}"${known.hintFor(flag.name)}`);
    }
    const items = isSeq(value) ? value.items : [value];
    texts[name] = items.map((item) => {
      if (!isScalar(item)) {
        throw new UsageError(`${flag.at}: "${flag.name}" must be a value or a list of values`);
      }
      return item.source ?? String(item.value);
    });
  }
  return texts;
}

function* entries(map: YAMLMap, where: Where): Generator<[{ name: string; at: string }, unknown]> {
  for (const { key, value } of map.items) {
    yield [{ name: isScalar(key) ? String(key.value) : "", at: where(key) }, value];
  }
}

function mapOf(node: unknown, context: { where: Where; expected: string }): YAMLMap {
  if (isMap(node)) return node;
  throw new UsageError(`${context.where(node)}: expected ${context.expected}`);
}
