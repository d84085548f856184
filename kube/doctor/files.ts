/**
 * May this process open as many sockets and files as the run takes, and can the run leave its files
 * where they are to go? Writes and removes one empty file there.
 * @module
 */

import { statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { isRunDirectory } from "../../core/run_log/run_directory.ts";
import { formatBytes } from "../../core/units.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import type { Check, DoctorFinding, MachineContext } from "./check.ts";
import { readSystemFile } from "./machine.ts";

const OPEN_FILES_ID = "open-files";
/** CSV, run log, a report, the metrics listener. */
const FILES = 4;
/** For whoever reads the metrics, credential plugins, connections that are opened anew. */
const RESERVE = 16;
/** A connection through the relay of this process is one into it, one in it and one out of it. */
const SOCKETS_THROUGH_RELAY = 3;

interface FileLimit {
  /** Infinity: unlimited. */
  readonly soft: number;
  readonly hard: number;
}

export const OPEN_FILES_CHECK: Check<MachineContext> = {
  id: OPEN_FILES_ID,
  look: ({ needs, values }) => [lookAtOpenFiles(needs, values as Partial<ClusterValues>)],
};

/** What this process has open and may open, against what a run of these needs takes. */
export function lookAtOpenFiles(
  { connections, otherSockets = 0 }: Pick<ClusterNeeds, "connections" | "otherSockets">,
  { "insecure-skip-tls-verify": insecure, "tls-server-name": name }: Partial<ClusterValues>,
): DoctorFinding {
  const isRelayed = insecure === true || name !== undefined;
  const limit = parseFileLimit(readSystemFile("/proc/self/limits"));
  return judgeOpenFiles({
    limit,
    openNow: limit === undefined ? 0 : [...Deno.readDirSync("/proc/self/fd")].length,
    sockets: (connections + otherSockets) * (isRelayed ? SOCKETS_THROUGH_RELAY : 1),
  });
}

/** Of the content of /proc/self/limits; undefined if it does not say. */
export function parseFileLimit(text: string | undefined): FileLimit | undefined {
  const [, soft, hard] = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text ?? "") ??
    [];
  if (soft === undefined || hard === undefined) return undefined;
  const number = (word: string) => word === "unlimited" ? Infinity : Number(word);
  return { soft: number(soft), hard: number(hard) };
}

export function judgeOpenFiles(
  { limit, openNow, sockets }: {
    limit: FileLimit | undefined;
    openNow: number;
    sockets: number;
  },
): DoctorFinding {
  if (limit === undefined) {
    return {
      id: OPEN_FILES_ID,
      status: "unknown",
      what: "this system does not tell in /proc/self/limits",
      why: "A run that may open no more sockets fails, or waits",
      fix: "ulimit -n tells; it should be well above --conns",
    };
  }
  const needed = openNow + sockets + FILES;
  const what = `${limit.soft === Infinity ? "no limit" : `limit ${limit.soft}`}; ` +
    `the run takes about ${needed}, ${sockets} of them sockets`;
  const wanted = needed + RESERVE;
  if (limit.soft >= wanted) return { id: OPEN_FILES_ID, status: "ok", what };
  return {
    id: OPEN_FILES_ID,
    status: limit.soft < needed ? "problem" : "warning",
    what,
    why: "What cannot be opened fails: connections, the CSV, the report, readers of the metrics",
    fix: `ulimit -n ${wanted}` +
      (limit.hard >= wanted
        ? ""
        : ` in a shell whose hard limit allows it (here ${limit.hard}; LimitNOFILE= of systemd units)`),
  };
}

const OUTPUT_ID = "output";
const RUNS = "scaletool-runs";
/** An hour of a thousand writes a second is about 0.4 GB of CSV. */
const WARN_BELOW_BYTES = 500e6;
const FAIL_BELOW_BYTES = 10e6;

export const DIRECTORIES_CHECK: Check<MachineContext> = {
  id: OUTPUT_ID,
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
): DoctorFinding {
  const base = { id: OUTPUT_ID, subject: existing };
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
