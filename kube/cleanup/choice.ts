/**
 * Which runs does the user mean? Checks flags only; looks at no cluster.
 * @module
 */

import { UsageError } from "../../core/errors.ts";
import { checkRunId } from "../../core/command/run_id.ts";
import { NAME } from "../../core/version.ts";
import type { ObjectMeta } from "../object.ts";
import { isOfRun, MANAGED_BY_LABEL, RUN_ID_LABEL, runSelector } from "../owned/ownership.ts";
import type { CleanupCommandValues } from "./command.ts";

/** One run by its id, those that started at least so long ago, or all. */
export type RunChoice =
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "older"; readonly olderThanMs: number }
  | { readonly kind: "all" };

/** @throws {UsageError} unless exactly one of the three flags is given, and with a use */
export function runChoice(
  values: Pick<CleanupCommandValues, "run-id" | "older-than" | "all">,
): RunChoice {
  const { "run-id": runId, "older-than": olderThanMs, all } = values;
  const given = [runId !== undefined, olderThanMs !== undefined, all].filter(Boolean).length;
  if (given !== 1) {
    const what = given === 0 ? "none of them" : `${given} of them`;
    throw new UsageError(
      `cleanup takes exactly one of --run-id ID, --older-than DURATION and --all, not ${what}`,
    );
  }
  if (runId !== undefined) return { kind: "run", runId: checkRunId(runId) };
  return olderThanMs === undefined ? { kind: "all" } : { kind: "older", olderThanMs };
}

/** Label selector for all that may belong to the chosen runs. */
export function choiceSelector(choice: RunChoice): string {
  return choice.kind === "run"
    ? runSelector(choice.runId)
    : `${MANAGED_BY_LABEL}=${NAME},${RUN_ID_LABEL}`;
}

/** Whether the labels are those that {@link choiceSelector} selects. */
export function isChosen(metadata: ObjectMeta, choice: RunChoice): boolean {
  const { [RUN_ID_LABEL]: runId } = metadata.labels ?? {};
  return runId !== undefined && isOfRun(metadata, choice.kind === "run" ? choice.runId : runId);
}
