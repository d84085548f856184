/**
 * What does the server add to an object that a client writes? Of a built-in kind the defaults that
 * shape behaviour or are shown by kubectl, not all of them; of a custom one those of its definition.
 * Source: Kubernetes API reference, as seen on kube-apiserver 1.36.
 * @module
 */

import { Buffer } from "node:buffer";
import { resourceName } from "../../../kube/resource.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import type { ApiState } from "../api_state.ts";
import { each, type Part, partOf, podSpec, podTemplate, withDefaults } from "./pod_defaults.ts";
import type { Fields } from "../store/stored_object.ts";
import { withSchemaDefaults } from "./schema_defaults.ts";
import { ownValue } from "../../../core/named_values.ts";

/** What defaults may depend on. */
interface Surroundings {
  readonly uid: string;
  /** An address that no other service has. */
  readonly clusterIp: () => string;
}

type Fill = (fields: Fields, around: Surroundings) => Part;

const ROLLING = { maxUnavailable: "25%", maxSurge: "25%" };
const RBAC = "rbac.authorization.k8s.io";

const FILLS: Readonly<Record<string, Fill>> = {
  namespaces: ({ metadata, spec }) => ({
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name ?? "" },
    },
    spec: withDefaults(spec, { finalizers: ["kubernetes"] }),
  }),
  pods: ({ spec }) => {
    const account = partOf(spec)["serviceAccountName"] ?? "default";
    const full = podSpec({ ...partOf(spec), serviceAccountName: account });
    return {
      spec: withDefaults(full, {
        priority: 0,
        enableServiceLinks: true,
        preemptionPolicy: "PreemptLowerPriority",
      }),
    };
  },
  configmaps: ({ data, binaryData }) => ({ data: kept(data), binaryData: kept(binaryData) }),
  secrets: ({ data, stringData, type = "Opaque" }) => ({
    data: kept(secretData(data, stringData)),
    type,
  }),
  services: ({ spec }, { clusterIp }) => ({ spec: serviceSpec(partOf(spec), clusterIp) }),
  endpoints: ({ subsets }) => ({
    subsets: each(subsets, (subset) => ({ ...subset, ports: withProtocol(subset["ports"]) })),
  }),
  events: (fields) =>
    withDefaults(fields, {
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    }),
  persistentvolumeclaims: ({ spec }) => ({
    spec: withDefaults(spec, { volumeMode: "Filesystem" }),
  }),
  "deployments.apps": ({ spec }) => ({
    spec: {
      ...workload(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
      strategy: strategy(partOf(spec)["strategy"], ROLLING),
    },
  }),
  "replicasets.apps": ({ spec }) => ({ spec: workload(spec, { replicas: 1 }) }),
  "statefulsets.apps": ({ spec }) => ({
    spec: {
      ...workload(spec, {
        replicas: 1,
        podManagementPolicy: "OrderedReady",
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      }),
      updateStrategy: strategy(partOf(spec)["updateStrategy"], { partition: 0 }),
    },
  }),
  "daemonsets.apps": ({ metadata, spec }) => ({
    metadata: {
      ...metadata,
      annotations: { "deprecated.daemonset.template.generation": "1", ...metadata.annotations },
    },
    spec: {
      ...workload(spec, { revisionHistoryLimit: 10 }),
      updateStrategy: strategy(partOf(spec)["updateStrategy"], { maxUnavailable: 1, maxSurge: 0 }),
    },
  }),
  "jobs.batch": ({ metadata, spec }, { uid }) => job({ metadata, spec: partOf(spec) }, uid),
  "cronjobs.batch": ({ spec }) => ({ spec: cronJobSpec(partOf(spec)) }),
  "endpointslices.discovery.k8s.io": ({ endpoints, ports }) => ({
    endpoints: each(endpoints, (endpoint) => withDefaults(endpoint, { conditions: {} })),
    ports: each(ports, (port) => withDefaults(port, { name: "", protocol: "TCP" })),
  }),
  "clusterrolebindings.rbac.authorization.k8s.io": withSubjects,
  "rolebindings.rbac.authorization.k8s.io": withSubjects,
  "clusterroles.rbac.authorization.k8s.io": ({ rules = null }) => ({ rules }),
  "roles.rbac.authorization.k8s.io": ({ rules = null }) => ({ rules }),
  "flunders.wardle.example.com": ({ spec }) => ({ spec: flunderSpec(partOf(spec)), status: {} }),
};

/** The object with what is added; fields that are not served are not looked at. */
export function filled(resource: ServedResource, fields: Fields, around: Surroundings): Fields {
  if (isCustom(resource)) return withSchemaDefaults(fields, resource.schema) as Fields;
  const fill = ownValue(FILLS, resourceName(resource));
  if (fill === undefined) return fields;
  const { stringData: _, ...rest } = { ...fields, ...fill(fields, around) };
  const present = Object.entries(rest).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Fields;
}

/** Text is the client's convenience only: what is kept is base64. */
function secretData(data: unknown, stringData: unknown): Part {
  if (stringData === undefined) return partOf(data);
  const encoded = Object.entries(partOf(stringData))
    .map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  return { ...partOf(data), ...Object.fromEntries(encoded) };
}

/** Go leaves an empty mapping out. */
function kept(value: unknown): unknown {
  return Object.keys(partOf(value)).length === 0 ? undefined : value;
}

function serviceSpec(spec: Part, clusterIp: () => string): Part {
  const { ports } = spec;
  const full = withDefaults(spec, { type: "ClusterIP", sessionAffinity: "None" });
  const shared = {
    ...full,
    ...(ports === undefined ? {} : {
      ports: each(
        ports,
        (port) => withDefaults(port, { protocol: "TCP", targetPort: port["port"] }),
      ),
    }),
  };
  if (full["type"] === "ExternalName") return shared;
  const address = full["clusterIP"] || clusterIp();
  const own = {
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    internalTrafficPolicy: "Cluster",
  };
  return { ...own, ...shared, clusterIP: address, clusterIPs: [address] };
}

function workload(spec: unknown, defaults: Part): Part {
  const full = withDefaults(spec, defaults);
  return { ...full, template: podTemplate(full["template"]) };
}

function strategy(given: unknown, rollingUpdate: Part): Part {
  const full = withDefaults(given, { type: "RollingUpdate" });
  if (full["type"] !== "RollingUpdate") return full;
  return { ...full, rollingUpdate: withDefaults(full["rollingUpdate"], rollingUpdate) };
}

function job({ metadata, spec }: Pick<Fields, "metadata"> & { spec: Part }, uid: string): Part {
  const own = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": metadata.name ?? "",
    "controller-uid": uid,
    "job-name": metadata.name ?? "",
  };
  const template = podTemplate(spec["template"]);
  const meta = partOf(template["metadata"]);
  const [first] = Object.entries(own);
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, ...own } },
    spec: withDefaults({
      ...spec,
      template: {
        ...template,
        metadata: { ...meta, labels: { ...partOf(meta["labels"]), ...own } },
      },
    }, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      selector: { matchLabels: Object.fromEntries([first!]) },
      manualSelector: false,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: "TerminatingOrFailed",
    }),
  };
}

function cronJobSpec(spec: Part): Part {
  const { spec: jobSpec, ...rest } = partOf(spec["jobTemplate"]);
  const { template, ...jobRest } = partOf(jobSpec);
  return {
    ...withDefaults(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    }),
    jobTemplate: {
      metadata: {},
      ...rest,
      spec: { ...jobRest, template: podTemplate(template) },
    },
  };
}

function withSubjects({ subjects }: Fields): Part {
  return {
    subjects: each(
      subjects,
      (subject) =>
        subject["kind"] === "ServiceAccount" ? subject : withDefaults(subject, { apiGroup: RBAC }),
    ),
  };
}

function withProtocol(ports: unknown): unknown {
  return each(ports, (port) => withDefaults(port, { protocol: "TCP" }));
}

/** Source: sample-apiserver, pkg/apis/wardle/v1alpha1/conversion.go: what is of no known type is lost. */
function flunderSpec({ reference = "", referenceType }: Part): Part {
  const type = referenceType || "Flunder";
  if (reference === "" || !["Flunder", "Fischer"].includes(String(type))) return {};
  return { reference, referenceType: type };
}

/** A part of the range for documentation. Source: RFC 5737. */
const PREFIX = "192.0.2.";
const LAST = 254;

/** The address of a new service, where nobody listens: the lowest one that is free. */
export function serviceAddress({ store }: ApiState): string {
  const taken = new Set(
    store.collection("services").list().map(({ fields: { spec } }) => partOf(spec)["clusterIP"]),
  );
  for (let host = 1; host <= LAST; host++) {
    if (!taken.has(PREFIX + host)) return PREFIX + host;
  }
  // More services than addresses: two that share one harm nobody.
  return PREFIX + LAST;
}
