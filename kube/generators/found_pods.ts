/** Where are the pods of a run, and what was it? Found by the run's id alone; changes nothing. @module */

import { CannotRunError } from "../../core/errors.ts";
import { parsedJson } from "../../core/parsed_json.ts";
import { Manifest } from "../../core/run_log/manifest.ts";
import type { ClusterReader } from "../cluster.ts";
import { fieldsOf, integerOf, textOf } from "../fields.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { runSelector } from "../owned/ownership.ts";
import { CONFIG_MAPS, JOBS } from "../resource.ts";
import { isNotFound } from "../status_error.ts";
import { readBook } from "./order_book.ts";
import { MANIFEST_KEY } from "./pod_objects.ts";

export interface FoundPods {
  /** The Job, and the ConfigMap of orders. */
  readonly ref: Required<ObjectRef>;
  readonly count: number;
  readonly isReplaced: boolean;
  /** Undefined: nobody has kept it, or another version has. */
  readonly manifest: Manifest | undefined;
  /** The coordinator's calendar's time at which the load was to begin; undefined: never. */
  readonly startAtMs: number | undefined;
}

/**
 * @param where `namespace`: undefined for all
 * @throws {CannotRunError} if there are none, or several
 */
export async function findPods(
  cluster: Pick<ClusterReader, "get" | "list">,
  { runId, namespace }: { readonly runId: string; readonly namespace: string | undefined },
): Promise<FoundPods> {
  const labelSelector = runSelector(runId);
  const selection = namespace === undefined ? { labelSelector } : { namespace, labelSelector };
  const { items } = await cluster.list(JOBS, selection);
  const jobs = items.filter(isOfGenerators);
  const [job] = jobs;
  if (job === undefined || jobs.length > 1) {
    const where = namespace === undefined ? "any namespace" : `namespace ${namespace}`;
    throw new CannotRunError(
      job === undefined
        ? `Cannot find pods of run ${runId}: there is no Job of it in ${where}; it was removed, or is in another cluster`
        : `Cannot tell which pods: ${jobs.length} Jobs of run ${runId} are there; name one's --pods-namespace`,
    );
  }
  const { name = "", namespace: inside = "" } = job.metadata;
  const spec = fieldsOf(job["spec"]);
  return {
    ref: { namespace: inside, name },
    count: integerOf(spec["completions"]) ?? 1,
    isReplaced: spec["backoffLimitPerIndex"] === 1,
    ...await kept(cluster, { namespace: inside, name }),
  };
}

function isOfGenerators(job: KubeObject): boolean {
  return fieldsOf(job["spec"])["completionMode"] === "Indexed";
}

async function kept(
  cluster: Pick<ClusterReader, "get">,
  ref: Required<ObjectRef>,
): Promise<Pick<FoundPods, "manifest" | "startAtMs">> {
  try {
    const configMap = await cluster.get(CONFIG_MAPS, ref);
    const text = textOf(fieldsOf(configMap["data"])[MANIFEST_KEY]) ?? "";
    const begin = readBook(configMap).orders.find(({ what }) => what.type === "begin")?.what;
    return {
      manifest: Manifest.safeParse(parsedJson(text)).data,
      startAtMs: begin?.type === "begin" ? begin.atMs : undefined,
    };
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    return { manifest: undefined, startAtMs: undefined };
  }
}
