/**
 * Is each namespace of the run there, or can the run make it? The making is tried with `dryRun=All`,
 * so that admission has its say and nothing is made.
 * @module
 */

import { messageOf } from "../../core/errors.ts";
import { formatDuration } from "../../core/units.ts";
import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { ownerLabels } from "../owned/ownership.ts";
import { NAMESPACES } from "../resource.ts";
import { heldBy } from "../server/held_namespace.ts";
import { isNotFound, StatusError } from "../status_error.ts";
import {
  type Check,
  type ClusterContext,
  type DoctorFinding,
  namespacesOf,
  unknownBecause,
} from "./check.ts";

const ID = "namespace";
/** As long a run waits for one that is being deleted. */
const PATIENCE_MS = 60_000;
/** The condition of a deletion that takes its course; every other one says what stands in its way. */
const CONTENT_REMAINS = "NamespaceContentRemaining";

export const NAMESPACES_CHECK: Check<ClusterContext> = {
  id: ID,
  look: (context, signal) =>
    Promise.all(
      namespacesOf(context).map(async (name) => {
        try {
          return judgeNamespace(await answersOf(name, context, signal));
        } catch (thrown) {
          return unknownBecause(ID, thrown, name);
        }
      }),
    ),
};

/** What the server said of one namespace. */
export interface NamespaceAnswers {
  readonly name: string;
  /** Undefined: there is none. */
  readonly found: KubeObject | undefined;
  /** Why making it is refused; undefined if it is not, or was not tried. */
  readonly refusal: Error | undefined;
  readonly createsNamespaces: boolean;
  readonly makesObjects: boolean;
  /** Server's clock and ours are taken to agree: the skew is a finding of its own. */
  readonly nowMs: number;
}

async function answersOf(
  name: string,
  { cluster, needs, command, clock }: ClusterContext,
  signal: AbortSignal,
): Promise<NamespaceAnswers> {
  const { createsNamespaces, objects = [] } = needs;
  const found = await look(cluster, name, signal);
  const refusal = found === undefined && createsNamespaces
    ? await tryToMake(cluster, { name, command }, signal)
    : undefined;
  return {
    name,
    found,
    refusal,
    createsNamespaces,
    makesObjects: objects.length > 0,
    nowMs: clock.wallNow().getTime(),
  };
}

async function look(
  cluster: Cluster,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await cluster.get(NAMESPACES, { name }, { signal });
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

async function tryToMake(
  cluster: Cluster,
  { name, command }: { name: string; command: string },
  signal: AbortSignal,
): Promise<Error | undefined> {
  const labels = ownerLabels({ runId: "doctor", command });
  const query = { dryRun: "All" };
  try {
    await cluster.create(NAMESPACES, { metadata: { name, labels } }, { signal, query });
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    return thrown as Error;
  }
}

export function judgeNamespace(answers: NamespaceAnswers): DoctorFinding {
  const { name, found } = answers;
  if (found === undefined) return judgeMissing(answers);
  if (found.metadata.deletionTimestamp === undefined) {
    return { id: ID, subject: name, status: "ok", what: `namespace "${name}" is there` };
  }
  return judgeTerminating(found, answers);
}

function judgeMissing(
  { name, refusal, createsNamespaces, makesObjects }: NamespaceAnswers,
): DoctorFinding {
  const fix = `kubectl create namespace ${name}`;
  const what = `namespace "${name}" is missing`;
  if (!createsNamespaces) {
    return {
      id: ID,
      subject: name,
      status: makesObjects ? "problem" : "warning",
      what,
      why: makesObjects
        ? "The run makes its objects there, and does not make the namespace"
        : "There is nothing to watch there until somebody makes it",
      fix,
    };
  }
  if (refusal === undefined) {
    return {
      id: ID,
      subject: name,
      status: "ok",
      what: `${what}: the run makes it, and removes it again`,
    };
  }
  return {
    id: ID,
    subject: name,
    status: "problem",
    what: `${what}, and the run cannot make it: ${messageOf(refusal)}`,
    why: "The run makes its objects there",
    fix: refusal instanceof StatusError && refusal.reason === "invalid"
      ? "name a valid --namespace"
      : fix,
  };
}

function judgeTerminating(
  found: KubeObject,
  { name, createsNamespaces, makesObjects, nowMs }: NamespaceAnswers,
): DoctorFinding {
  const sinceMs = Math.max(0, nowMs - Date.parse(found.metadata.deletionTimestamp ?? ""));
  const held = heldBy(found);
  const isStuck = held.some((text) => !text.startsWith(CONTENT_REMAINS)) || sinceMs >= PATIENCE_MS;
  const isWaitedFor = createsNamespaces && !isStuck;
  return {
    id: ID,
    subject: name,
    status: isWaitedFor || !makesObjects ? "warning" : "problem",
    what: [`namespace "${name}" has been Terminating for ${formatDuration(sinceMs)}`, ...held]
      .join("; "),
    why: isWaitedFor
      ? `The run waits up to ${formatDuration(PATIENCE_MS)} for it to be gone, and then fails`
      : makesObjects
      ? "The server takes no new objects there"
      : "What is there goes, and nothing new comes",
    fix: `kubectl get namespace ${name} -o yaml shows what holds it: remove that, or use another ` +
      "--namespace",
  };
}
