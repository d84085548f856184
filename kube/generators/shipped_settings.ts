/**
 * What has to be where a generator runs so that it does the same as the command here: a plan file of
 * the settings that were given, and the files that they name. What says where the cluster is and as whom
 * to go there is left out: a pod is at home in its own. Reads files; sends nothing.
 * @module
 */

import { basename } from "node:path";
import type { Invocation } from "../../core/command/command.ts";
import type { Flag, Flags } from "../../core/command/flags.ts";
import { isGiven } from "../../core/command/settings.ts";
import { settingsPlan } from "../../core/command/settings_plan.ts";
import { messageOf, UsageError } from "../../core/errors.ts";
import { CLUSTER_FLAGS } from "../cluster_flags.ts";

export interface ShippedSettings {
  /** By their names in one folder; the plan among them. */
  readonly files: Readonly<Record<string, string>>;
  /** The same for people: secrets masked, and of a file its name and length. */
  readonly shown: Readonly<Record<string, string>>;
}

interface ShippingOptions {
  /** Of the command. */
  readonly flags: Flags;
  /** Where the folder will be. */
  readonly folder: string;
  /** @throws what Deno.readTextFileSync throws */
  readonly readTextFile: (path: string) => string;
}

export const PLAN_FILE = "plan.yaml";
const MASK = "********";
/** Where files are written that would stay in the pod. */
const NOWHERE = "/dev/null";

/** Of the flags that say how to get to a server those that are a matter of the load. */
const OF_THE_LOAD = new Set(["request-timeout", "conns", "http1"]);

/** @throws {UsageError} naming the flag, if a file cannot be read */
export function shippedSettings(
  invocation: Pick<Invocation, "command" | "values" | "shown">,
  options: ShippingOptions,
): ShippedSettings {
  const flags = Object.fromEntries(
    Object.entries(options.flags).filter(([name]) =>
      OF_THE_LOAD.has(name) || name !== "dry-run" && !(name in CLUSTER_FLAGS)
    ),
  );
  const files: Record<string, string> = {};
  const shownFiles: Record<string, string> = {};
  const values: Record<string, unknown> = { ...invocation.values };
  for (const [name, path] of filesNamed(flags, values)) {
    const content = read(path, { name, ...options });
    const key = `${name}-${basename(path).replace(/[^-.\w]/g, "_")}`;
    files[key] = content;
    shownFiles[key] = `(${content.length} characters of ${path})`;
    values[name] = `${flags[name]!.readsFileAfter}${options.folder}/${key}`;
  }
  const shown = { ...invocation.shown };
  for (const name of filesWritten(flags, values)) {
    if (isGiven(shown, name)) {
      throw new UsageError(`--${name}: nobody could fetch a file out of a pod; leave it out`);
    }
    values[name] = NOWHERE;
    shown[name] = { value: NOWHERE, source: "derived" };
  }
  const masked = Object.entries(values).map(([name, value]) => [
    name,
    flags[name]?.isSecret && value !== undefined ? MASK : value,
  ]);
  const planOf = (values: Invocation["values"]) =>
    settingsPlan({ ...invocation, values, shown }, flags);
  return {
    files: { ...files, [PLAN_FILE]: planOf(values) },
    shown: { ...shownFiles, [PLAN_FILE]: planOf(Object.fromEntries(masked)) },
  };
}

/** Flags with the path of the file that each names. */
function filesNamed(flags: Flags, values: Invocation["values"]): [name: string, path: string][] {
  return Object.entries(flags).flatMap(([name, declared]): [string, string][] => {
    const path = pathIn(declared, values[name]);
    return path === undefined ? [] : [[name, path]];
  });
}

/** Flags that name a file which is to be written. */
function filesWritten(flags: Flags, values: Invocation["values"]): string[] {
  return Object.entries(flags).filter(([name, { writesFile }]) => writesFile && values[name])
    .map(([name]) => name);
}

function pathIn({ readsFileAfter: before }: Flag<unknown>, value: unknown): string | undefined {
  if (before === undefined || typeof value !== "string" || value === "") return undefined;
  return value.startsWith(before) && !/^https?:/i.test(value)
    ? value.slice(before.length)
    : undefined;
}

function read(
  path: string,
  { name, readTextFile }: Pick<ShippingOptions, "readTextFile"> & { readonly name: string },
): string {
  try {
    return readTextFile(path);
  } catch (error) {
    throw new UsageError(`--${name}: cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
}
