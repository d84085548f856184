/**
 * Is there something that earlier runs left behind? Looks for the labels that every run gives, in
 * the namespaces and kinds of this one.
 * @module
 */

import { NAME } from "../../core/version.ts";
import type { KubeObject } from "../object.ts";
import { MANAGED_BY_LABEL, RUN_ID_LABEL } from "../owned/ownership.ts";
import { type Resource, resourceName } from "../resource.ts";
import { isNotFound } from "../status_error.ts";
import {
  type Check,
  type ClusterContext,
  type DoctorFinding,
  madeObjects,
  unknownBecause,
} from "./check.ts";

const ID = "leftovers";
/** Enough to name the runs; how many there are in all is the business of the clean-up. */
const PAGE_LIMIT = 500;

export const LEFTOVERS_CHECK: Check<ClusterContext> = {
  id: ID,
  async look(context, signal) {
    const places = madeObjects(context).flatMap(({ resource, namespaces }) =>
      (resource.namespaced ? namespaces : [""]).map((namespace) => ({ resource, namespace }))
    );
    const findings = await Promise.all(places.map((place) => lookAt(place, context, signal)));
    return findings.flat();
  },
};

/** Of one kind. */
interface Place {
  readonly resource: Resource;
  /** Empty for a cluster-scoped resource. */
  readonly namespace: string;
}

async function lookAt(
  { resource, namespace }: Place,
  { cluster, values }: ClusterContext,
  signal: AbortSignal,
): Promise<DoctorFinding[]> {
  const ownRunId = typeof values["run-id"] === "string" ? values["run-id"] : undefined;
  try {
    const labelSelector = `${MANAGED_BY_LABEL}=${NAME}`;
    const options = { namespace, labelSelector, limit: PAGE_LIMIT, signal };
    const { items, metadata } = await cluster.list(resource, options);
    const isWhole = (metadata.continue ?? "") === "";
    return judgeLeftovers(items, { namespace, resource, isWhole, ownRunId });
  } catch (thrown) {
    // Of a kind that is not served, because the run defines it, there are none.
    if (isNotFound(thrown)) {
      return judgeLeftovers([], { namespace, resource, isWhole: true, ownRunId });
    }
    return [unknownBecause(ID, thrown, namespace || resourceName(resource))];
  }
}

/** One finding for each run that has objects there. */
export function judgeLeftovers(
  items: readonly KubeObject[],
  { namespace, resource, isWhole, ownRunId }: Place & {
    /** Whether these are all of them. */
    isWhole: boolean;
    /** That the run is to have; undefined: a new one. */
    ownRunId: string | undefined;
  },
): DoctorFinding[] {
  const place = namespace === "" ? "" : ` in namespace "${namespace}"`;
  const subject = namespace || resourceName(resource);
  if (items.length === 0) {
    return [{
      id: ID,
      subject,
      status: "ok",
      what: `no ${resourceName(resource)} of earlier runs${place}`,
    }];
  }
  const byRun = Map.groupBy(items, ({ metadata }) => metadata.labels?.[RUN_ID_LABEL] ?? "");
  return [...byRun].map(([runId, objects]): DoctorFinding => {
    const count = `${isWhole ? "" : "at least "}${objects.length} ${resourceName(resource)}`;
    const what = `${count} of run "${runId}"${place}`;
    const fix = `${NAME} cleanup --run-id ${runId}`;
    if (runId === ownRunId) {
      const why = "The run refuses to begin where objects of its own --run-id are";
      return { id: ID, subject, status: "problem", what, why, fix: `${fix}, or another --run-id` };
    }
    return {
      id: ID,
      subject,
      status: "notice",
      what,
      why:
        "They are what an earlier run left, or another run is under way: both change the figures",
      fix,
    };
  });
}
