/**
 * May this process open as many sockets and files as the run takes?
 * @module
 */

import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import type { Check } from "./check.ts";
import type { MachineContext } from "./context.ts";
import type { Finding } from "./finding.ts";
import { readSystemFile } from "./system_files.ts";

const ID = "open-files";
/** CSV, run log, a report, the metrics listener. */
const FILES = 4;
/** For whoever reads the metrics, credential plugins, connections that are opened anew. */
const RESERVE = 16;
/** A connection through the relay of this process is one into it, one in it and one out of it. */
const SOCKETS_THROUGH_RELAY = 3;

export interface FileLimit {
  /** Infinity: unlimited. */
  readonly soft: number;
  readonly hard: number;
}

export const OPEN_FILES_CHECK: Check<MachineContext> = {
  id: ID,
  look: ({ needs, values }) => [lookAtOpenFiles(needs, values as Partial<ClusterValues>)],
};

/** What this process has open and may open, against what a run of these needs takes. */
export function lookAtOpenFiles(
  { connections, otherSockets = 0 }: Pick<ClusterNeeds, "connections" | "otherSockets">,
  { "insecure-skip-tls-verify": insecure, "tls-server-name": name }: Partial<ClusterValues>,
): Finding {
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
): Finding {
  if (limit === undefined) {
    return {
      id: ID,
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
  if (limit.soft >= wanted) return { id: ID, status: "ok", what };
  return {
    id: ID,
    status: limit.soft < needed ? "problem" : "warning",
    what,
    why: "What cannot be opened fails: connections, the CSV, the report, readers of the metrics",
    fix: `ulimit -n ${wanted}` +
      (limit.hard >= wanted
        ? ""
        : ` in a shell whose hard limit allows it (here ${limit.hard}; LimitNOFILE= of systemd units)`),
  };
}
