/**
 * What does the server serve: under which path a kind is found, and which release it is. Asks once
 * per call and keeps nothing.
 * @module
 */

import * as z from "zod";
import { CannotRunError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import type { CallOptions, Cluster } from "../cluster.ts";
import { apiVersionOf, type KindName, type Resource } from "../resource.ts";
import { isNotFound } from "../status_error.ts";
import { answerOf } from "./answer_of.ts";

/** Source: apimachinery, pkg/apis/meta/v1/types.go, APIResourceList and APIGroup; what is used. */
const ResourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
const Group = z.object({ versions: z.array(z.object({ groupVersion: z.string() })) });
const Version = z.object({ gitVersion: z.string() });

/**
 * Finds the resource of a kind.
 * @throws {CannotRunError} if the server does not serve the group version or the kind
 * @throws {OperationFailedError} if it does not answer, or with something else
 */
export async function discover(
  cluster: Cluster,
  { apiVersion, kind }: KindName,
  options: CallOptions = {},
): Promise<Resource> {
  const { resources } = await resourceListOf(cluster, { apiVersion, kind }, options);
  // Subresources are listed as well: "pods/log".
  const whole = resources.filter(({ name }) => !name.includes("/"));
  const found = whole.find((resource) => resource.kind === kind);
  if (found === undefined) {
    const hint = didYouMean(kind, whole.map((resource) => resource.kind));
    throw new CannotRunError(
      `Cannot find kind "${kind}": the server's ${apiVersion} has no such kind${hint}`,
    );
  }
  const [group, version] = splitApiVersion(apiVersion);
  return { group, version, plural: found.name, kind, namespaced: found.namespaced };
}

/**
 * Whether it is served, which every user may ask, also one who may not read such objects.
 * @throws {OperationFailedError} if the server does not answer
 */
export async function isServed(
  cluster: Pick<Cluster, "request">,
  resource: Resource,
  options: CallOptions = {},
): Promise<boolean> {
  const path = `${resource.group === "" ? "/api" : "/apis"}/${apiVersionOf(resource)}`;
  try {
    const answer = await cluster.request({ ...options, method: "GET", path });
    const { resources } = answerOf(ResourceList, answer, {
      what: "APIResourceList",
      call: `GET ${path}`,
    });
    return resources.some(({ name }) => name === resource.plural);
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}

/** E.g. `v1.36.3`. @throws {OperationFailedError} if the answer is not that of an API server */
export async function serverVersion(cluster: Cluster, options: CallOptions = {}): Promise<string> {
  const path = "/version";
  const answer = await cluster.request({ ...options, method: "GET", path });
  return answerOf(Version, answer, { what: "version with a gitVersion", call: `GET ${path}` })
    .gitVersion;
}

async function resourceListOf(
  cluster: Cluster,
  { apiVersion, kind }: KindName,
  options: CallOptions,
): Promise<z.infer<typeof ResourceList>> {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    const answer = await cluster.request({ ...options, method: "GET", path });
    return answerOf(ResourceList, answer, { what: "APIResourceList", call: `GET ${path}` });
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    const instead = await otherVersions(cluster, apiVersion, options);
    throw new CannotRunError(
      `Cannot find kind "${kind}": the server does not serve ${apiVersion}${instead}`,
      { cause: thrown },
    );
  }
}

/** `, but apps/v1`, or what to install where the group is not served at all. */
async function otherVersions(
  cluster: Cluster,
  apiVersion: string,
  options: CallOptions,
): Promise<string> {
  const [group] = splitApiVersion(apiVersion);
  if (group === "") return ", but v1";
  try {
    const path = `/apis/${group}`;
    const answer = await cluster.request({ ...options, method: "GET", path });
    const { versions } = answerOf(Group, answer, { what: "APIGroup", call: `GET ${path}` });
    return `, but ${versions.map(({ groupVersion }) => groupVersion).join(", ")}`;
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    return "; install its CustomResourceDefinition or APIService first";
  }
}

/** Group and version; the core group is empty. */
function splitApiVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.lastIndexOf("/");
  return [apiVersion.slice(0, Math.max(0, slash)), apiVersion.slice(slash + 1)];
}

/**
 * The path under which a kind is probably served, when no server can be asked.
 * Source: apimachinery, pkg/api/meta/restmapper.go, UnsafeGuessKindToResource.
 */
export function guessedResource({ apiVersion, kind }: KindName): Resource {
  const slash = apiVersion.indexOf("/");
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("s")
    ? `${singular}es`
    : singular.endsWith("y")
    ? `${singular.slice(0, -1)}ies`
    : `${singular}s`;
  return {
    group: apiVersion.slice(0, Math.max(0, slash)),
    version: apiVersion.slice(slash + 1),
    plural,
    kind,
    namespaced: true,
  };
}
