/**
 * Which clusters, users and contexts do the user's kubeconfig files know? Reads through the function
 * that it is handed, never writes, and chooses nothing: that is target.ts.
 * Source: client-go, tools/clientcmd/loader.go (order, merging, paths).
 * @module
 */

import { posix, win32 } from "node:path";
import type * as z from "zod";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import { readYaml, YamlError } from "../../core/yaml.ts";
import {
  type KubeconfigCluster,
  type KubeconfigContext,
  kubeconfigFile,
  type KubeconfigUser,
} from "./schema.ts";

/** One file, or several merged; entries by name. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly currentContext: string | undefined;
}

/** Where kubeconfig files are looked for. */
interface KubeconfigPlaces {
  /** `--kubeconfig`: this file alone, and it must be there. */
  readonly explicit?: string | undefined;
  env(name: string): string | undefined;
  readonly home: string | undefined;
  /** @throws what Deno.readTextFileSync throws */
  readTextFile(path: string): string;
  /** Separator of the list and kind of paths; this system's unless given. */
  readonly windows?: boolean;
}

export interface LoadedKubeconfig {
  readonly config: Kubeconfig;
  readonly source: "flag" | "KUBECONFIG" | "home";
  /** All that were looked for, in order of precedence. */
  readonly lookedFor: readonly string[];
  /** Those that were there. */
  readonly paths: readonly string[];
}

/**
 * The merged kubeconfig: of `--kubeconfig` alone, else of the KUBECONFIG list, else of
 * `~/.kube/config`. Missing files are skipped, except the first kind.
 * @throws {CannotRunError} naming a file that cannot be read, and what is wrong with it
 */
export function loadKubeconfig(places: KubeconfigPlaces): LoadedKubeconfig {
  const { source, lookedFor } = candidates(places);
  const files: Kubeconfig[] = [];
  const paths: string[] = [];
  for (const path of lookedFor) {
    const content = readFile(path, places);
    if (content === undefined) continue;
    files.push(parseKubeconfig(content, { path, windows: isWindows(places) }));
    paths.push(path);
  }
  return { config: mergeKubeconfigs(files), source, lookedFor, paths };
}

function isWindows({ windows = Deno.build.os === "windows" }: { windows?: boolean }): boolean {
  return windows;
}

function candidates(places: KubeconfigPlaces): Pick<LoadedKubeconfig, "source" | "lookedFor"> {
  const { explicit, env, home } = places;
  if (explicit !== undefined) return { source: "flag", lookedFor: [explicit] };
  const list = env("KUBECONFIG") ?? "";
  if (list !== "") {
    const paths = list.split(isWindows(places) ? ";" : ":").filter((path) => path !== "");
    return { source: "KUBECONFIG", lookedFor: [...new Set(paths)] };
  }
  const path = isWindows(places) ? win32 : posix;
  return {
    source: "home",
    lookedFor: home === undefined ? [] : [path.join(home, ".kube", "config")],
  };
}

/** Undefined for a missing file that may be missing. */
function readFile(path: string, { explicit, readTextFile }: KubeconfigPlaces): string | undefined {
  try {
    return readTextFile(path);
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    if (isMissing && explicit === undefined) return undefined;
    const flag = explicit === undefined ? "" : "--kubeconfig: ";
    throw new CannotRunError(`${flag}Cannot read kubeconfig "${path}": ${whyUnreadable(error)}`, {
      cause: error,
    });
  }
}

/** Why a file cannot be read, in the same words everywhere. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return messageOf(error);
}

/** What a `*-data` field holds, else what the file holds. */
interface DataOrFile {
  /** Base64 of the text. */
  readonly data: string | undefined;
  readonly path: string | undefined;
  /** Begins the message: `certificate-authority of cluster "x"`. */
  readonly what: string;
  readTextFile(path: string): string;
}

/**
 * The text, undefined if neither is given; data counts before the file, as in client-go.
 * @throws {CannotRunError} for bad base64 and for a file that cannot be read
 */
export function dataOrFile({ data, path, what, readTextFile }: DataOrFile): string | undefined {
  if (data !== undefined) {
    try {
      return new TextDecoder().decode(Uint8Array.fromBase64(data));
    } catch {
      throw new CannotRunError(`Cannot use the ${what}: its data is no base64`);
    }
  }
  if (path === undefined) return undefined;
  try {
    return readTextFile(path);
  } catch (error) {
    throw new CannotRunError(`Cannot read the ${what}, "${path}": ${whyUnreadable(error)}`, {
      cause: error,
    });
  }
}

/**
 * One file, YAML or JSON; of several documents the first. Unknown fields are ignored; relative paths
 * become absolute, from the folder of the file.
 * @throws {CannotRunError} if it is neither, or a field is not what it has to be. Never quotes the
 * content, which may be secret.
 */
export function parseKubeconfig(
  content: string,
  { path, windows = Deno.build.os === "windows" }: { path: string; windows?: boolean },
): Kubeconfig {
  const { data, error } = kubeconfigFile.safeParse(parseYaml(content, path));
  if (error !== undefined) {
    const [issue] = error.issues;
    throw unusable(path, issue === undefined ? "is no kubeconfig" : explain(issue));
  }
  const style = windows ? win32 : posix;
  const absolute = (reference: string | undefined) =>
    reference && style.resolve(style.dirname(path), reference);
  const byName = <T>(what: string, entries: Iterable<[string, T]>) =>
    uniqueEntries(entries, { what, path });
  return {
    clusters: byName(
      "cluster",
      data.clusters.map(({ name, cluster }) => [name, {
        ...cluster,
        "certificate-authority": absolute(cluster["certificate-authority"]),
      }]),
    ),
    users: byName(
      "user",
      data.users.map(({ name, user }) => [name, {
        ...user,
        "client-certificate": absolute(user["client-certificate"]),
        "client-key": absolute(user["client-key"]),
        tokenFile: absolute(user.tokenFile),
        // A bare command is one on PATH.
        exec: user.exec?.command?.includes(style.sep)
          ? { ...user.exec, command: absolute(user.exec.command) }
          : user.exec,
      }]),
    ),
    contexts: byName("context", data.contexts.map(({ name, context }) => [name, context])),
    currentContext: data["current-context"],
  };
}

function parseYaml(content: string, path: string): unknown {
  try {
    return readYaml(content) ?? {};
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column } = error.place;
    throw unusable(path, `is neither YAML nor JSON: see line ${line}, column ${column}`);
  }
}

function unusable(path: string, why: string): CannotRunError {
  return new CannotRunError(`Cannot use kubeconfig "${path}": it ${why}`);
}

function explain({ path, message }: z.core.$ZodIssue): string {
  const where = path.reduce<string>(
    (before, key) => typeof key === "number" ? `${before}[${key}]` : `${before}.${String(key)}`,
    "",
  ).slice(1);
  const what = message.replace(/^Invalid (?:input|option): /, "");
  return where === "" ? `has the wrong shape: ${what}` : `has a wrong ${where}: ${what}`;
}

function uniqueEntries<T>(
  entries: Iterable<[string, T]>,
  { what, path }: { what: string; path: string },
): Map<string, T> {
  const map = new Map<string, T>();
  for (const [name, entry] of entries) {
    if (map.has(name)) throw unusable(path, `has two ${what}s named "${name}"`);
    map.set(name, entry);
  }
  return map;
}

/** The first file to name an entry gives the whole entry; the first current-context counts. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  const first = <T>(maps: readonly ReadonlyMap<string, T>[]) =>
    new Map(maps.toReversed().flatMap((map) => [...map]));
  return {
    clusters: first(files.map(({ clusters }) => clusters)),
    users: first(files.map(({ users }) => users)),
    contexts: first(files.map(({ contexts }) => contexts)),
    currentContext: files.find(({ currentContext }) => currentContext)?.currentContext,
  };
}
