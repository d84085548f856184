/**
 * Which groups, versions and resources does the server have, in the old form (a document for each
 * level) and in the aggregated one (two documents in all)? Knows no paths and no objects.
 * Source: apimachinery, pkg/apis/meta/v1 (APIGroupList, APIResourceList); api, apidiscovery/v2.
 * @module
 */

import { apiVersionOf } from "../../../kube/resource.ts";
import { isCustom, type ServedResource } from "./resources.ts";
import { ownValue } from "../../../core/named_values.ts";

type Resources = readonly ServedResource[];

interface Subresource {
  readonly name: string;
  /** Group and version are given only where they are not the resource's. */
  readonly responseKind: { readonly group?: string; readonly version?: string; kind: string };
  readonly verbs: readonly string[];
}

const STATUS_VERBS = ["get", "patch", "update"];

/** What differs from a subresource that has its resource's kind and the verbs of status. */
const SUBRESOURCES: Readonly<Record<string, Partial<Subresource>>> = {
  eviction: {
    responseKind: { group: "policy", version: "v1", kind: "Eviction" },
    verbs: ["create"],
  },
  exec: { responseKind: { kind: "PodExecOptions" }, verbs: ["create", "get"] },
  finalize: { verbs: ["update"] },
  log: { verbs: ["get"] },
  scale: { responseKind: { group: "autoscaling", version: "v1", kind: "Scale" } },
  token: {
    responseKind: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
    verbs: ["create"],
  },
};

/** `/apis`. */
export function groupList(resources: Resources): unknown {
  const groups = groupNames(resources).map((name) => groupOf(name, resources));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

/** `/apis/GROUP`; undefined if there is no such group. */
export function group(name: string, resources: Resources): unknown | undefined {
  if (name === "" || !resources.some((resource) => resource.group === name)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...groupOf(name, resources) };
}

/** `/api`. */
export function coreVersions(resources: Resources): unknown {
  const versions = versionsOf("", resources);
  return { kind: "APIVersions", versions, serverAddressByClientCIDRs: [] };
}

/** `/api/VERSION` and `/apis/GROUP/VERSION`; undefined if there is no such version. */
export function resourceList(apiVersion: string, resources: Resources): unknown | undefined {
  const ofVersion = byName(resources.filter((resource) => apiVersionOf(resource) === apiVersion));
  if (ofVersion.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    // The document of the core group has none.
    ...(apiVersion.includes("/") ? { apiVersion: "v1" } : {}),
    groupVersion: apiVersion,
    resources: ofVersion.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...namesOf(resource),
      },
      ...subresourcesOf(resource).map(({ name, responseKind, verbs }) => ({
        name: `${resource.plural}/${name}`,
        singularName: "",
        namespaced: resource.namespaced,
        ...responseKind,
        verbs,
      })),
    ]),
  };
}

/** Everything of the core group, or of all others: what `/api` and `/apis` answer to newer clients. */
export function aggregatedList(resources: Resources): unknown {
  const names = resources.some(({ group }) => group === "") ? [""] : groupNames(resources);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: names.map((name) => ({
      metadata: name === "" ? {} : { name },
      versions: versionsOf(name, resources).map((version) => ({
        version,
        resources: byName(
          resources.filter((resource) => resource.group === name && resource.version === version),
        ).map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedResource(resource: ServedResource): unknown {
  // The server leaves group and version empty where they are the list's own, but not for customs.
  const { group, version } = isCustom(resource) ? resource : { group: "", version: "" };
  const subresources = subresourcesOf(resource).map(({ name, responseKind, verbs }) => ({
    subresource: name,
    responseKind: { group, version, ...responseKind },
    verbs,
  }));
  return {
    resource: resource.plural,
    responseKind: { group, version, kind: resource.kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...namesOf(resource),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function namesOf({ shortNames, categories }: ServedResource): Record<string, readonly string[]> {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function subresourcesOf({ subresources, kind }: ServedResource): Subresource[] {
  return [...subresources].sort().map((name) => ({
    name,
    responseKind: { kind },
    verbs: STATUS_VERBS,
    ...ownValue(SUBRESOURCES, name),
  }));
}

/** Without the core group, which has a tree of its own. */
function groupNames(resources: Resources): string[] {
  return [...new Set(resources.map(({ group }) => group))].filter((name) => name !== "");
}

function groupOf(name: string, resources: Resources): Record<string, unknown> {
  const versions = versionsOf(name, resources)
    .map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function versionsOf(group: string, resources: Resources): string[] {
  const ofGroup = resources.filter((resource) => resource.group === group);
  return [...new Set(ofGroup.map(({ version }) => version))].sort(byMaturity);
}

const STAGES = ["alpha", "beta", undefined];

/**
 * The preferred version first: v2, v1, v1beta2, v1alpha1, and what is no version by the alphabet.
 * Source: Kubernetes, "Versions in CustomResourceDefinitions", version priority.
 */
function byMaturity(one: string, other: string): number {
  const [left, right] = [one, other].map((version) => {
    const [, major, stage, minor = 0] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    return major === undefined ? [-1, 0, 0] : [STAGES.indexOf(stage), Number(major), Number(minor)];
  });
  const difference = right!.map((part, index) => part - left![index]!).find((part) => part !== 0);
  return difference ?? (one < other ? -1 : 1);
}

function byName(resources: Resources): ServedResource[] {
  return [...resources].sort((one, other) => one.plural < other.plural ? -1 : 1);
}
