/**
 * Which kinds can be listed and deleted on this server? Asks for the discovery documents of every
 * group and version; a group that does not answer is told and never taken to be empty.
 * @module
 */

import * as z from "zod";
import { messageOf } from "../../core/errors.ts";
import { answerOf } from "./answer_of.ts";
import { retrying, type RetryOptions } from "../set_up_retry.ts";
import type { Cluster } from "../cluster.ts";
import { eachAtMost } from "../each_at_most.ts";
import { type Resource, resourceName } from "../resource.ts";
import { isNotFound } from "../status_error.ts";

/** Source: apimachinery, pkg/apis/meta/v1/types.go, APIGroupList and APIResourceList. */
const Groups = z.object({
  groups: z.array(z.object({
    name: z.string(),
    versions: z.array(z.object({ version: z.string() })),
    preferredVersion: z.object({ version: z.string() }).nullish(),
  })),
});
const Resources = z.object({
  resources: z.array(z.object({
    name: z.string(),
    kind: z.string(),
    namespaced: z.boolean(),
    verbs: z.array(z.string()),
  })),
});

/** A kind, or a whole group, in which nobody could look. */
export interface NotLookedAt {
  /** `secrets`, `wardle.example.com/v1alpha1`. */
  readonly what: string;
  readonly why: string;
}

interface DeletableKinds {
  /** One version of each, by name. */
  readonly resources: readonly Resource[];
  readonly notLookedAt: readonly NotLookedAt[];
}

const AT_ONCE = 8;

export async function deletableKinds(
  cluster: Cluster,
  options: RetryOptions & { readonly signal: AbortSignal },
): Promise<DeletableKinds> {
  const { signal } = options;
  const get = (path: string) =>
    retrying(() => cluster.request({ method: "GET", path, signal }), options);
  const versions = [
    { group: "", version: "v1" },
    ...versionsOf(
      answerOf(Groups, await get("/apis"), { what: "APIGroupList", call: "GET /apis" }),
    ),
  ];
  const found = new Map<number, Resource[]>();
  const notLookedAt: NotLookedAt[] = [];
  await eachAtMost(versions.entries(), async ([index, { group, version }]) => {
    const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    try {
      const list = answerOf(Resources, await get(path), {
        what: "APIResourceList",
        call: `GET ${path}`,
      });
      found.set(index, resourcesOf(list, { group, version }));
    } catch (thrown) {
      signal.throwIfAborted();
      // It was taken away since the groups were listed.
      if (!isNotFound(thrown)) {
        notLookedAt.push({ what: path.slice(1), why: messageOf(thrown) });
      }
    }
  }, { limit: AT_ONCE, signal });
  const byName = new Map<string, Resource>();
  for (const index of versions.keys()) {
    for (const resource of found.get(index) ?? []) {
      const name = resourceName(resource);
      if (!byName.has(name)) byName.set(name, resource);
    }
  }
  const resources = [...byName.values()].sort((one, other) =>
    resourceName(one) < resourceName(other) ? -1 : 1
  );
  return { resources, notLookedAt };
}

/** Every group's preferred version before its others, because a kind may be in one of those only. */
function versionsOf({ groups }: z.infer<typeof Groups>): { group: string; version: string }[] {
  return groups.flatMap(({ name: group, versions, preferredVersion }) => {
    const preferred = preferredVersion?.version;
    const rest = versions.map(({ version }) => version).filter((one) => one !== preferred);
    return (preferred === undefined ? rest : [preferred, ...rest])
      .map((version) => ({ group, version }));
  });
}

function resourcesOf(
  { resources }: z.infer<typeof Resources>,
  { group, version }: { group: string; version: string },
): Resource[] {
  return resources
    .filter(({ name, verbs }) =>
      !name.includes("/") && verbs.includes("list") && verbs.includes("delete")
    )
    .map(({ name, kind, namespaced }) => ({ group, version, plural: name, kind, namespaced }));
}
