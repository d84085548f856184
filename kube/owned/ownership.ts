/**
 * How is everything that a run makes told from everything else? Its labels, the selector that finds
 * it again, the command line that deletes it by hand, and the name that servers log.
 * @module
 */

import { hasOthers, type Share } from "../../core/load/share.ts";
import { NAME, VERSION } from "../../core/version.ts";
import type { ObjectMeta } from "../object.ts";
import { type Resource, resourceName } from "../resource.ts";

/** Source: Kubernetes, "Recommended labels". */
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const RUN_ID_LABEL = "scaletool.io/run-id";
export const COMMAND_LABEL = "scaletool.io/command";
/** Which of several generators made it. */
export const GENERATOR_LABEL = "scaletool.io/generator";

/** Of one run. */
export interface RunIdentity {
  /** A label value: core/command/run_id.ts. */
  readonly runId: string;
  /** In full, e.g. `cmdriver`, `gateway attached-routes`. */
  readonly command: string;
}

/** A command's full name where there may be no blanks: label values, names of objects, user agents. */
export function hyphenated(command: string): string {
  return command.replaceAll(" ", "-");
}

/** For every object that a run makes; `purpose` is what the original drivers set. */
export function ownerLabels({ runId, command }: RunIdentity): Record<string, string> {
  return {
    [MANAGED_BY_LABEL]: NAME,
    [RUN_ID_LABEL]: runId,
    [COMMAND_LABEL]: hyphenated(command),
    purpose: "scaletest",
  };
}

/** Beside those, of what one of several generators makes: it can tell its own from all others. */
export function shareLabels(share: Share): Record<string, string> {
  return hasOthers(share) ? { [GENERATOR_LABEL]: String(share.index) } : {};
}

/** Label selector for what one generator of a run made; of one without others, for all of the run. */
export function shareSelector(runId: string, share: Share): string {
  const labels = Object.entries(shareLabels(share)).map(([name, value]) => `,${name}=${value}`);
  return runSelector(runId) + labels.join("");
}

/** Label selector for what one run made. */
export function runSelector(runId: string): string {
  return `${MANAGED_BY_LABEL}=${NAME},${RUN_ID_LABEL}=${runId}`;
}

/** Label selector for what other runs of this program made. */
export function otherRunsSelector(runId: string): string {
  return `${MANAGED_BY_LABEL}=${NAME},${RUN_ID_LABEL}!=${runId}`;
}

export function isOfRun({ labels }: ObjectMeta, runId: string): boolean {
  return labels?.[MANAGED_BY_LABEL] === NAME && labels[RUN_ID_LABEL] === runId;
}

/** The command line that deletes what a run left behind; one kubectl for each namespace. */
export function deleteByHand(
  { resource, namespaces, runId }: {
    resource: Resource;
    /** Ignored for a cluster-scoped resource. */
    namespaces: readonly string[];
    runId: string;
  },
): string {
  const scopes = resource.namespaced ? namespaces.map((name) => ` -n ${name}`) : [""];
  const selector = runSelector(runId);
  return scopes
    .map((scope) => `kubectl delete ${resourceName(resource)}${scope} -l ${selector}`)
    .join(" && ");
}

/**
 * What every request of a run says of itself, so that it can be found in an audit log:
 * `scaletool/0.1.0 (linux/x86_64) cmdriver run/20261121-103151-4821`.
 */
export function userAgent({ runId, command }: RunIdentity): string {
  return `${NAME}/${VERSION} (${Deno.build.os}/${Deno.build.arch}) ${
    hyphenated(command)
  } run/${runId}`;
}
