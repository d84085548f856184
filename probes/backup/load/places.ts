/** What the workspaces of a run are called, and where each is. Looks at no cluster. @module */

import { UsageError } from "../../../core/errors.ts";
import { objectNames } from "../../../kube/owned/object_names.ts";
import { ownerLabels, type RunIdentity } from "../../../kube/owned/ownership.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";

/** The scripts of the field find by it what load tests made. */
export const TEST_LABEL = { "load-test": "test-type" };
/** Names are values of labels and names of namespaces: RFC 1123 label. */
const LONGEST_NAME = 63;

export interface Places {
  /** The first one has the run's record. */
  readonly namespaces: readonly string[];
  /** Of workspaces. */
  readonly workspaceNamespaces: readonly string[];
  /** @param number 1, 2, ... */
  workspace(number: number): WorkspaceRef;
  /** The one that proves that the operator is there. */
  readonly pilot: WorkspaceRef;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * @param count the most workspaces that there may be
 * @throws {UsageError} if the run's id gives no names
 */
export function placesOf(
  { identity, namespace, isSeparate, count }: {
    readonly identity: RunIdentity;
    readonly namespace: string;
    readonly isSeparate: boolean;
    readonly count: number;
  },
): Places {
  const { runId } = identity;
  const nameOf = namesOf(`dw-test-${runId}`, count);
  const namespaceOf = isSeparate ? namesOf(`load-test-ns-${runId}`, count) : () => namespace;
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const workspaceNamespaces = isSeparate ? numbers.map(namespaceOf) : [namespace];
  return {
    namespaces: [...new Set([namespace, ...workspaceNamespaces])],
    workspaceNamespaces,
    workspace: (number) => ({ namespace: namespaceOf(number), name: nameOf(number) }),
    pilot: { namespace: workspaceNamespaces[0]!, name: nameOf(0) },
    labels: { ...TEST_LABEL, ...ownerLabels(identity) },
  };
}

/** @throws {UsageError} */
function namesOf(prefix: string, highest: number): (number: number) => string {
  const nameOf = objectNames({ runId: prefix, highest });
  const longest = nameOf(highest);
  if (longest.length > LONGEST_NAME || longest.includes(".")) {
    throw new UsageError(
      `Cannot name "${longest}" after the run: at most ${LONGEST_NAME} of a-z, 0-9 and "-"; ` +
        "use another --run-id",
    );
  }
  return nameOf;
}
