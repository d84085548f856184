/**
 * What a check has found, and what all findings together mean. Pure data; nothing is asked here.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../../core/exit_code.ts";
import { messageOf } from "../../core/errors.ts";
import { isForbidden } from "../status_error.ts";

/**
 * How much it matters. `notice`: worth knowing. `warning`: the run works, and its figures may mean
 * less. `problem`: the run fails or its figures mean nothing. `unknown`: it could not be asked.
 */
export const FINDING_STATUSES = ["ok", "unknown", "notice", "warning", "problem"] as const;
export type FindingStatus = typeof FINDING_STATUSES[number];

export interface Finding {
  /** Of the check; several findings of it share the id. */
  readonly id: string;
  /** What of, where a check looks at several things, e.g. a namespace. */
  readonly subject?: string;
  readonly status: FindingStatus;
  /** What was observed, values included. */
  readonly what: string;
  /** Why it matters; for everything but `ok`. */
  readonly why?: string;
  /** A command line, or what to change; absent where nothing needs to be done. */
  readonly fix?: string;
}

/** `unreachable`: the cluster could not be asked as this user, so that little is known. */
export type DoctorVerdict = "ready" | "problems" | "unreachable";

export const EXIT_CODE_OF_VERDICT: Readonly<Record<DoctorVerdict, ExitCode>> = {
  ready: EXIT_CODE.pass,
  problems: EXIT_CODE.failed,
  unreachable: EXIT_CODE.couldNotRun,
};

/** Everything that one use of the doctor found. */
export interface Diagnosis {
  /** The command that was looked at. */
  readonly command: string;
  /** Null where the flags and the kubeconfig name none. */
  readonly server: string | null;
  readonly context: string | null;
  /** Null if the server did not tell. */
  readonly serverVersion: string | null;
  readonly user: string | null;
  readonly verdict: DoctorVerdict;
  readonly findings: readonly Finding[];
}

export function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === "problem");
}

/** The finding of a check that could not look. */
export function unknownBecause(id: string, thrown: unknown, subject?: string): Finding {
  const reason = messageOf(thrown);
  return {
    id,
    ...(subject === undefined ? {} : { subject }),
    status: "unknown",
    what: isForbidden(thrown) ? `This user may not look: ${reason}` : `Not known: ${reason}`,
    why: "Whatever stands against the run here shows only when it runs",
  };
}
