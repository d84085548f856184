/**
 * Which run is meant by what was typed, and is it alive? A run is named by its directory or its id, or
 * not at all where only one goes on.
 * @module
 */

import { basename, join } from "node:path";
import { CannotRunError, messageOf } from "../errors.ts";
import type { Clock } from "../load/clock.ts";
import { didYouMean } from "../nearest.ts";
import { endOfRun } from "../run_log/end_of_run.ts";
import { isRunDirectory, openRunDirectory, runDirectoriesAt } from "../run_log/run_directory.ts";
import { formatDuration } from "../units.ts";
import { ControlClient, notOurs, NotThereError } from "./control_client.ts";
import { livingNames, livingRuns } from "./living_runs.ts";

/** Most of them that a message names. */
const RUNS_SHOWN = 8;

/** How the caller looks for runs. */
interface Looking {
  /** Holds run directories. */
  readonly folder: string;
  readonly clock: Clock;
  /** @default that of {@link ControlClient.connect} */
  readonly connect?: (directory: string) => Promise<Deno.Conn>;
}

/**
 * Connects to the run that is meant.
 * @param name its directory or id; undefined: the only one that goes on
 * @throws {CannotRunError} one line that says why it cannot be asked, or which others could
 */
export async function connectToRun(
  name: string | undefined,
  looking: Looking,
): Promise<ControlClient> {
  if (name === undefined) return await connectToOnly(looking);
  const directory = directoryOf(name, looking.folder);
  try {
    return await ControlClient.connect(directory, looking);
  } catch (error) {
    const why = error instanceof NotThereError ? whyOver(directory) : messageOf(error);
    throw new CannotRunError(`Cannot control run ${name}: ${why}`);
  }
}

async function connectToOnly(looking: Looking): Promise<ControlClient> {
  const { folder } = looking;
  const tried = livingRuns(folder).map(async (directory) => {
    try {
      return { directory, client: await ControlClient.connect(directory, looking) };
    } catch (error) {
      if (error instanceof NotThereError) return undefined;
      return { directory, error };
    }
  });
  const alive = (await Promise.all(tried)).filter((one) => one !== undefined);
  const [only, ...others] = alive;
  if (only !== undefined && others.length === 0) {
    if (only.client !== undefined) return only.client;
    throw new CannotRunError(
      `Cannot control run ${basename(only.directory)}: ${messageOf(only.error)}`,
    );
  }
  for (const { client } of alive) client?.[Symbol.dispose]();
  if (only === undefined) throw new CannotRunError(noneIn(folder));
  const names = listed(alive.map(({ directory }) => basename(directory)));
  throw new CannotRunError(`${alive.length} runs go on in ${folder}, name one: ${names}`);
}

function noneIn(folder: string): string {
  try {
    Deno.readDirSync(folder)[Symbol.iterator]().next();
    return `no run goes on in ${folder}`;
  } catch (error) {
    return `no run goes on in ${folder}: ${messageOf(error)}`;
  }
}

/** @throws {CannotRunError} that there is none, and which there are; or that we may not look */
function directoryOf(name: string, folder: string): string {
  const paths = [join(folder, name), name];
  const found = paths.find(isRunDirectory) ??
    runDirectoriesAt(folder).find((one) => idOf(one) === name);
  if (found !== undefined) return found;
  const closed = paths.find(isClosed);
  if (closed !== undefined) {
    throw new CannotRunError(`Cannot control run ${name}: ${notOurs(closed).message}`);
  }
  const names = livingNames(folder);
  const others = names.length === 0 ? "none goes on there" : `there go on: ${listed(names)}`;
  throw new CannotRunError(
    `no run "${name}" in ${folder}${didYouMean(name, names)}; ${others}`,
  );
}

function isClosed(path: string): boolean {
  try {
    Deno.readDirSync(path)[Symbol.iterator]().next();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

function idOf(directory: string): string | undefined {
  try {
    return openRunDirectory(directory).manifest.runId;
  } catch {
    return undefined;
  }
}

/**
 * What has become of a run that answers no more.
 * @throws {CannotRunError} if it left no word at all: its directory is gone
 */
export function endOf(name: string, folder: string): string {
  return `run ${name}: ${whyOver(directoryOf(name, folder))}`;
}

/** Why nobody listens: when and how the run ended, as far as it left word. */
function whyOver(directory: string): string {
  const { end, writtenAt } = endOfRun(directory);
  const at = writtenAt === undefined ? "" : ` at ${timeText(writtenAt)}`;
  if (end !== undefined) {
    const how = end.reason === "stopped" ? "stopped" : `ended by ${end.reason}`;
    return `it is over, ${how} after ${formatDuration(end.atMs)}${at}`;
  }
  const { manifest: { host } } = openRunDirectory(directory);
  const last = writtenAt === undefined ? "" : `; it last wrote to its log${at}`;
  return host.name === Deno.hostname()
    ? `it was killed, or has no control socket${last}`
    : `it was killed, or goes on at ${host.name} alone, where it was started${last}`;
}

/** "2026-08-01T10:00:00.000Z" -> "2026-08-01 10:00:00 UTC". */
function timeText(time: Date): string {
  return time.toISOString().replace(/^(\S+)T(\S+)\.\d+Z$/, "$1 $2 UTC");
}

function listed(names: readonly string[]): string {
  const more = names.length - RUNS_SHOWN;
  return names.slice(0, RUNS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
