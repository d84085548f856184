/**
 * What do all findings together mean, for people and for programs? Pure.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../../core/exit_code.ts";
import { formatTable } from "../../core/report/table.ts";
import { printable } from "../../core/say.ts";
import { type DoctorFinding, FINDING_STATUSES, type FindingStatus } from "./check.ts";

/** `unreachable`: the cluster could not be asked as this user, so that little is known. */
type DoctorVerdict = "ready" | "problems" | "unreachable";

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
  readonly findings: readonly DoctorFinding[];
}

export function hasProblem(findings: readonly DoctorFinding[]): boolean {
  return findings.some(({ status }) => status === "problem");
}

/** Of the JSON form: docs/doctor.md. */
const SCHEMA_VERSION = 1;

const COLORS: Readonly<Record<FindingStatus, number>> = {
  ok: 32,
  unknown: 36,
  notice: 34,
  warning: 33,
  problem: 31,
};

const CONCLUSION: Readonly<Record<Diagnosis["verdict"], string>> = {
  ready: "Nothing stands against the run",
  problems: "The run would fail or mean nothing",
  unreachable: "The cluster cannot be asked, and so the run cannot take place",
};

/** The worst ones last, where the eye is when the program has ended. */
export function doctorText(diagnosis: Diagnosis, { color }: { color: boolean }): string {
  const sorted = FINDING_STATUSES.flatMap((status) =>
    diagnosis.findings.filter((finding) => finding.status === status)
  );
  const rows = sorted.flatMap((finding) => rowsOf(finding, color));
  const titles = ["STATUS", "CHECK", "FINDING"].map((title) => ({ title }));
  const [, ...lines] = formatTable(titles, rows);
  const text = lines.map((line) => line.replace(/^- ( *)- ( *)/, "  $1  $2"));
  return [headOf(diagnosis), "", ...text, "", tailOf(diagnosis), ""].join("\n");
}

/** The finding, and below it why it matters and what to do. */
function rowsOf({ id, status, what, why, fix }: DoctorFinding, color: boolean): string[][] {
  const word = color ? `\u001b[${COLORS[status]}m${status}\u001b[0m` : status;
  const rows = [[word, id, printable(what)]];
  if (status === "ok") return rows;
  if (why !== undefined) rows.push(["", "", `why: ${printable(why)}`]);
  if (fix !== undefined) rows.push(["", "", `fix: ${printable(fix)}`]);
  return rows;
}

function headOf({ command, server, context, serverVersion, user }: Diagnosis): string {
  const parts = [
    command,
    server === null ? "on no known cluster" : `on ${server}`,
    ...(context === null ? [] : [`(context "${context}")`]),
    ...(serverVersion === null ? [] : [serverVersion]),
    ...(user === null ? [] : [`as ${user}`]),
  ];
  return printable(parts.join(" "));
}

function tailOf({ findings, verdict }: Diagnosis): string {
  const counts = countsOf(findings);
  const parts = FINDING_STATUSES.toReversed()
    .filter((status) => counts[status] > 0)
    .map((status) => {
      const isCountable = status !== "ok" && status !== "unknown";
      return `${counts[status]} ${status}${isCountable && counts[status] > 1 ? "s" : ""}`;
    });
  return `${CONCLUSION[verdict]}: ${parts.join(", ")}`;
}

function countsOf(findings: readonly DoctorFinding[]): Record<FindingStatus, number> {
  const counts = { ok: 0, unknown: 0, notice: 0, warning: 0, problem: 0 };
  for (const { status } of findings) counts[status]++;
  return counts;
}

/** See docs/doctor.md. Findings are in the order in which things are looked at. */
export function doctorJson(diagnosis: Diagnosis): string {
  const { verdict, findings, ...head } = diagnosis;
  return JSON.stringify(
    {
      schemaVersion: SCHEMA_VERSION,
      ...head,
      verdict,
      exitCode: EXIT_CODE_OF_VERDICT[verdict],
      counts: countsOf(findings),
      findings: findings.map(({ id, subject, status, what, why, fix }) => ({
        id,
        subject: subject ?? null,
        status,
        what,
        why: why ?? null,
        fix: fix ?? null,
      })),
    },
    null,
    2,
  ) + "\n";
}
