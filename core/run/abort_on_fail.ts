/**
 * `--abort-on-fail`: a run ends as soon as a threshold has failed for sure, and with that answer.
 * Never judges.
 * @module
 */

import type { Invocation } from "../command/command.ts";
import type { RunFlags } from "../command/run_flags.ts";
import { isGiven } from "../command/settings.ts";
import { UsageError } from "../errors.ts";
import type { Standing } from "../judge/standing.ts";
import type { Manifest } from "../run_log/manifest.ts";
import { formatDuration } from "../units.ts";
import type { Run } from "./run.ts";

/**
 * How much judged load a threshold must have seen before it may end the run, ms; undefined: none may.
 * @throws {UsageError} if what is given could do nothing
 */
export function abortDelayOf(
  { values, shown }: Pick<Invocation<RunFlags>, "values" | "shown">,
  { thresholds, ladder }: Pick<Manifest, "thresholds" | "ladder">,
): number | undefined {
  if (!values["abort-on-fail"]) {
    if (!isGiven(shown, "abort-delay")) return undefined;
    throw new UsageError("--abort-delay goes with --abort-on-fail");
  }
  if (thresholds.length > 0) return values["abort-delay"];
  throw new UsageError(
    ladder === null
      ? "--abort-on-fail needs a --threshold: this load has none by default"
      : "--abort-on-fail: on a ladder only a --threshold about one rung ends the run, e.g. " +
        `'request.failed.ratio < 50% in "${ladder.flag}=1"'; the others make the class of each rung`,
  );
}

/** Ends the run if one of its thresholds has failed for sure in so much judged load. */
export function endIfFailed(
  run: Pick<Run, "stop" | "stopping" | "mark" | "warn" | "addFinding">,
  standings: readonly Standing[],
  afterMs: number,
): void {
  const failed = standings.filter(({ isSure, judgedMs }) => isSure && judgedMs >= afterMs);
  if (failed.length === 0 || run.stopping.aborted) return;
  for (const { finding, judgedMs } of failed) {
    const seen = `after ${formatDuration(judgedMs)} of judged load, which ended the run`;
    run.mark(`failed: ${finding.subject}`);
    run.addFinding({ ...finding, reason: `${finding.reason}, ${seen}` });
  }
  const texts = failed.map(({ finding }) => `${finding.subject} (${finding.observed})`);
  run.warn(
    "ended-by-threshold",
    `The run was ended early (--abort-on-fail), as this failed: ${texts.join(", ")}`,
  );
  run.stop("threshold");
}
