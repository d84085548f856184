/**
 * The effective value of every flag and where it came from: flag, then environment, then plan file,
 * then default. Pure: the caller hands in what was typed and what the environment holds.
 * @module
 */

import { messageOf, UsageError } from "../errors.ts";
import type { Flag, Flags, Values } from "./flags.ts";
import type { ChosenSource, Manifest, SettingSource } from "../run_log/manifest.ts";

/** Texts by flag name; a list flag may have several. */
export type GivenTexts = Readonly<Record<string, readonly string[]>>;

interface GivenSettings {
  /** In full. */
  readonly command: string;
  readonly flags: GivenTexts;
  readonly env: (name: string) => string | undefined;
  readonly plan?: GivenTexts;
}

export interface Settings<F extends Flags> {
  readonly values: Values<F>;
  /** For the manifest: formatted, secrets masked. */
  readonly shown: Manifest["flags"];
}

/** `SCALETOOL_HTTPERF_BASE_URL` for `--base-url` of httperf. @param command in full */
export function variableName(command: string, flagName: string): string {
  return `SCALETOOL_${command}_${flagName}`.toUpperCase().replace(/[- ]/g, "_");
}

/** @throws {UsageError} naming the flag or variable, what is wrong with its value and what is allowed */
export function resolveSettings<F extends Flags>(flags: F, given: GivenSettings): Settings<F> {
  const values: Record<string, unknown> = {};
  const shown: Manifest["flags"] = {};
  const entries = Object.entries(flags);
  const hasTarget = !entries.some(([name, declared]) =>
    declared.replacesTarget && valueOf(name, { declared, given, hasTarget: true }).value === true
  );
  for (const [name, declared] of entries) {
    const { value, source } = valueOf(name, { declared, given, hasTarget });
    values[name] = value;
    if (value === undefined || value === null) continue;
    shown[name] = { value: formatted(declared, value), source };
  }
  return { values: values as Values<F>, shown };
}

interface Place {
  readonly declared: Flag<unknown>;
  readonly given: GivenSettings;
  readonly hasTarget: boolean;
}

function valueOf(name: string, place: Place): { value: unknown; source: SettingSource } {
  const { declared } = place;
  const { texts, source, origin } = textsOf(name, place);
  const value = texts === undefined ? declared.defaultValue : parsed(declared, { texts, origin });
  return { value, source };
}

/** Whether the user said so: typed, in a variable or in a plan. */
export function isGiven(shown: Manifest["flags"], name: string): boolean {
  const source = shown[name]?.source;
  return source === "flag" || source === "env" || source === "plan";
}

/**
 * The settings as they are in effect, now that the program has chosen some of the values itself.
 * @param chosen by flag name; undefined: the flag has no effect
 */
export function shownWithChosen(
  shown: Manifest["flags"],
  { flags, chosen, source }: {
    readonly flags: Flags;
    readonly chosen: Readonly<Record<string, unknown>>;
    readonly source: ChosenSource;
  },
): Manifest["flags"] {
  const effective = { ...shown };
  for (const [name, value] of Object.entries(chosen)) {
    const declared = flags[name];
    if (declared === undefined) continue;
    if (value === undefined) {
      delete effective[name];
      continue;
    }
    const text = formatted(declared, value);
    if (effective[name]?.value !== text || declared.isSecret) {
      effective[name] = { value: text, source };
    }
  }
  return effective;
}

function formatted({ isSecret, kind }: Flag<unknown>, value: unknown): string {
  return isSecret ? "********" : kind.format(value as NonNullable<unknown>);
}

function textsOf(
  name: string,
  { declared, given, hasTarget }: Place,
): { texts: readonly string[] | undefined; source: SettingSource; origin: string } {
  const typed = given.flags[name];
  if (typed !== undefined) return { texts: typed, source: "flag", origin: `--${name}` };
  const older = hasTarget ? declared.variables : {};
  const own = { [variableName(given.command, name)]: (text: string) => text };
  for (const [variable, textOf] of Object.entries({ ...own, ...older })) {
    const fromEnv = given.env(variable);
    if (fromEnv !== undefined) return { texts: [textOf(fromEnv)], source: "env", origin: variable };
  }
  const planned = given.plan?.[name];
  if (planned !== undefined) {
    if (planned.length > 1 && !declared.kind.isList) {
      throw new UsageError(`plan: ${name} takes one value, not a list of ${planned.length}`);
    }
    return { texts: planned, source: "plan", origin: `plan: ${name}` };
  }
  return { texts: undefined, source: "default", origin: `--${name}` };
}

function parsed(
  declared: Flag<unknown>,
  given: { texts: readonly string[]; origin: string },
): unknown {
  const { kind } = declared;
  try {
    if (kind.isList) return given.texts.flatMap((text) => kind.parse(text) as unknown[]);
    return kind.parse(given.texts.at(-1) ?? "");
  } catch (error) {
    if (declared.isSecret) throw new UsageError(`${given.origin} cannot be used as it is`);
    const message = messageOf(error);
    const colon = /^\p{Lu}/u.test(message) ? ":" : ""; // before a sentence of its own
    throw new UsageError(`${given.origin}${colon} ${message}`, { cause: error });
  }
}
