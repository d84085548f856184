/**
 * Can the run leave its files where they are to go? Writes and removes one empty file there.
 * @module
 */

import { statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { isRunDirectory } from "../../core/run_log/run_directory.ts";
import { formatBytes } from "../../core/units.ts";
import type { Check } from "./check.ts";
import type { MachineContext } from "./context.ts";
import type { Finding } from "./finding.ts";

const ID = "output";
const RUNS = "scaletool-runs";
/** An hour of a thousand writes a second is about 0.4 GB of CSV. */
const WARN_BELOW_BYTES = 500e6;
const FAIL_BELOW_BYTES = 10e6;

export const DIRECTORIES_CHECK: Check<MachineContext> = {
  id: ID,
  look: ({ values }) => {
    const paths = wantedDirectories(values).map((path) => resolve(path));
    return [...Map.groupBy(paths, nearestExisting)].map(([existing, wanted]) =>
      judgeDirectory({
        wanted: [...new Set(wanted)],
        existing,
        holdsRun: values.out !== undefined && isRunDirectory(existing) && wanted.includes(existing),
        writeError: tryToWrite(existing),
        freeBytes: freeBytesAt(existing),
      })
    );
  },
};

/** Of the run directory, and of the CSV where the command writes one. */
export function wantedDirectories(values: MachineContext["values"]): string[] {
  const { out, datafile, "data-filename": dataFilename } = values;
  const csv = [datafile, dataFilename]
    .filter((path) => typeof path === "string" && path !== "")
    .map((path) => dirname(path as string));
  return [typeof out === "string" ? out : RUNS, ...csv];
}

function nearestExisting(path: string): string {
  try {
    Deno.statSync(path);
    return path;
  } catch {
    const parent = dirname(path);
    return parent === path ? path : nearestExisting(parent);
  }
}

/** Why it failed; undefined if it did not. */
function tryToWrite(folder: string): string | undefined {
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".scaletool-doctor-" }));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** NaN where the system does not tell. */
function freeBytesAt(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return NaN;
  }
}

export function judgeDirectory(
  { wanted, existing, holdsRun, writeError, freeBytes }: {
    wanted: readonly string[];
    /** The nearest folder that is there already. */
    existing: string;
    /** It is the run directory of an earlier run. */
    holdsRun: boolean;
    writeError: string | undefined;
    /** NaN: not known. */
    freeBytes: number;
  },
): Finding {
  const base = { id: ID, subject: existing };
  const fix = "name another --out, or start in another folder";
  if (holdsRun || writeError !== undefined) {
    return {
      ...base,
      status: "problem",
      what: holdsRun
        ? `"${existing}" holds a run already`
        : `cannot write to "${existing}": ${writeError}`,
      why: `The files of the run go to ${wanted.map((path) => `"${path}"`).join(", ")}`,
      fix,
    };
  }
  if (Number.isNaN(freeBytes)) {
    const what = `"${existing}" can be written; this system does not tell how much is free`;
    return { ...base, status: "unknown", what, why: "A full disk loses rows of the CSV" };
  }
  const what = `"${existing}" can be written, ${formatBytes(freeBytes)} free`;
  if (freeBytes >= WARN_BELOW_BYTES) return { ...base, status: "ok", what };
  return {
    ...base,
    status: freeBytes < FAIL_BELOW_BYTES ? "problem" : "warning",
    what,
    why: "A full disk loses rows of the CSV and of the run log; an hour at 1,000 writes/s takes " +
      "about 400 MB",
    fix: "free some space, or name another --out",
  };
}
