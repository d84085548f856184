/**
 * Which lists and maps of the built-in kinds are not simply values: whose elements have keys, which are
 * sets, and which maps change as a whole? A rule holds for a field of a name in a parent of a name; of
 * custom resources only the metadata has any.
 * Source: the OpenAPI document of kube-apiserver 1.36 (x-kubernetes-list-map-keys and others).
 * @module
 */

import { ownValue } from "../../../core/named_values.ts";

/** How the elements of a list are told apart. */
export interface ListRule {
  /** What an apply patch goes by, with what stands for an absent one; none: the elements are a set. */
  readonly keys: Readonly<Record<string, string | undefined>>;
  /** What a strategic merge patch goes by; undefined: the elements are plain values. */
  readonly mergeKey: string | undefined;
  /** Elements change as a whole. */
  readonly isAtomic?: true;
}

function keyedBy(key: string): ListRule {
  return { keys: { [key]: undefined }, mergeKey: key };
}

function wholeBy(key: string): ListRule {
  return { ...keyedBy(key), isAtomic: true };
}

const SET: ListRule = { keys: {}, mergeKey: undefined };

const CONTAINER: Readonly<Record<string, ListRule>> = {
  env: keyedBy("name"),
  ports: { keys: { containerPort: undefined, protocol: "TCP" }, mergeKey: "containerPort" },
  volumeDevices: keyedBy("devicePath"),
  volumeMounts: keyedBy("mountPath"),
};

const LISTS: Readonly<Record<string, Readonly<Record<string, ListRule>>>> = {
  "": { secrets: wholeBy("name") },
  containers: CONTAINER,
  ephemeralContainers: CONTAINER,
  initContainers: CONTAINER,
  metadata: { finalizers: SET, ownerReferences: wholeBy("uid") },
  spec: {
    containers: keyedBy("name"),
    ephemeralContainers: keyedBy("name"),
    hostAliases: keyedBy("ip"),
    imagePullSecrets: wholeBy("name"),
    initContainers: keyedBy("name"),
    podCIDRs: SET,
    ports: { keys: { port: undefined, protocol: "TCP" }, mergeKey: "port" },
    resourceClaims: keyedBy("name"),
    schedulingGates: keyedBy("name"),
    topologySpreadConstraints: {
      keys: { topologyKey: undefined, whenUnsatisfiable: undefined },
      mergeKey: "topologyKey",
    },
    volumes: keyedBy("name"),
  },
  status: {
    addresses: keyedBy("type"),
    conditions: keyedBy("type"),
    podIPs: keyedBy("ip"),
  },
};

const ATOMIC_MAPS: ReadonlySet<string> = new Set([
  "claimRef",
  "configMapKeyRef",
  "dataSource",
  "fieldRef",
  "fileKeyRef",
  "involvedObject",
  "namespaceSelector",
  "nodePublishSecretRef",
  "nodeSelector",
  "related",
  "requiredDuringSchedulingIgnoredDuringExecution",
  "resourceFieldRef",
  "roleRef",
  "scopeSelector",
  "secretKeyRef",
  "secretRef",
  "selector",
  "labelSelector",
]);

/** Fields that every object of a built-in kind has in Go, so that nobody comes to own them. */
const ALWAYS_THERE: ReadonlySet<string> = new Set([
  "containers",
  "jobTemplate",
  "metadata",
  "names",
  "source",
  "spec",
  "status",
  "strategy",
  "template",
  "updateStrategy",
]);

export interface FieldPlace {
  /** The name of the object or list around it; empty at the top. */
  readonly parent: string;
  readonly name: string;
  /** Whether it is of a custom resource. */
  readonly isCustom: boolean;
}

/** Undefined: the list changes as a whole. */
export function listRuleOf({ parent, name, isCustom }: FieldPlace): ListRule | undefined {
  if (isCustom && parent !== "metadata") return undefined;
  const rules = ownValue(LISTS, parent);
  return rules !== undefined && Object.hasOwn(rules, name) ? rules[name] : undefined;
}

export function isAtomicMap({ name, isCustom }: FieldPlace): boolean {
  return !isCustom && ATOMIC_MAPS.has(name);
}

export function isAlwaysThere({ parent, name, isCustom }: FieldPlace): boolean {
  return isCustom ? parent === "" && name === "metadata" : ALWAYS_THERE.has(name);
}
