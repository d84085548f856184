/**
 * Which columns does a kind have in a table, and what stands in them? Names and order are those of
 * kube-apiserver 1.36; kinds that are not listed show their name and their age.
 * Source: kubernetes, pkg/printers/internalversion.
 * @module
 */

import { humanDuration } from "../../../kube/human_duration.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { ownValue } from "../../../core/named_values.ts";

/** Everything about one object that a cell is made from. */
interface Shown {
  readonly object: KubeObject;
  readonly now: Date;
}

/** A column, and how its cells come about. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  /** Of the column that identifies the row. */
  readonly format?: "name";
  /** 1: shown by `kubectl get -o wide` only. */
  readonly priority?: 1;
  readonly cell: (shown: Shown) => string | number;
}

const NONE = "<none>";
const UNKNOWN = "<unknown>";

const NAME: Column = {
  name: "Name",
  type: "string",
  format: "name",
  cell: ({ object: { metadata: { name = "" } } }) => name,
};
const AGE: Column = {
  name: "Age",
  type: "string",
  cell: ({ object: { metadata: { creationTimestamp } }, now }) => ageOf(creationTimestamp, now),
};
const CREATED_AT: Column = {
  name: "Created At",
  type: "date",
  cell: ({ object: { metadata: { creationTimestamp = UNKNOWN } } }) => creationTimestamp,
};

/** One of several fields that a kind may have, with what stands for an absent one. */
function field(name: string, path: string, absent: string | number = ""): Column {
  return {
    name,
    type: typeof absent === "number" ? "integer" : "string",
    cell: ({ object }) => at<string | number>(object, path) ?? absent,
  };
}

function text(name: string, cell: (object: KubeObject) => string | number): Column {
  return { name, type: "string", cell: ({ object }) => cell(object) };
}

function wide(column: Column): Column {
  return { ...column, priority: 1 };
}

interface Container {
  readonly name: string;
  readonly image?: string;
}

const TEMPLATE_CONTAINERS = "spec.template.spec.containers";
const WORKLOAD: readonly Column[] = [
  wide(text("Containers", (object) => containersOf(object).map(({ name }) => name).join(","))),
  wide(text("Images", (object) => containersOf(object).map(({ image = "" }) => image).join(","))),
  wide(text("Selector", (object) => pairs(at(object, "spec.selector.matchLabels")))),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  configmaps: [NAME, text("Data", (object) => sizeOf(object, "data", "binaryData")), AGE],
  "deployments.apps": [
    NAME,
    text("Ready", (object) => `${count(object, "status.readyReplicas")}/${wanted(object)}`),
    text("Up-to-date", (object) => count(object, "status.updatedReplicas")),
    text("Available", (object) => count(object, "status.availableReplicas")),
    AGE,
    ...WORKLOAD,
  ],
  "leases.coordination.k8s.io": [NAME, field("Holder", "spec.holderIdentity"), AGE],
  namespaces: [NAME, field("Status", "status.phase"), AGE],
  pods: [
    NAME,
    text("Ready", readyOf),
    text("Status", podStatus),
    { name: "Restarts", type: "string", cell: restartsOf },
    AGE,
    wide(field("IP", "status.podIP", NONE)),
    wide(field("Node", "spec.nodeName", NONE)),
    wide(field("Nominated Node", "status.nominatedNodeName", NONE)),
    wide(text("Readiness Gates", () => NONE)),
  ],
  "replicasets.apps": [
    NAME,
    { ...text("Desired", wanted), type: "integer" },
    field("Current", "status.replicas", 0),
    field("Ready", "status.readyReplicas", 0),
    AGE,
    ...WORKLOAD,
  ],
  secrets: [
    NAME,
    field("Type", "type"),
    text("Data", (object) => sizeOf(object, "data")),
    AGE,
  ],
  serviceaccounts: [NAME, AGE],
  services: [
    NAME,
    field("Type", "spec.type"),
    field("Cluster-IP", "spec.clusterIP", NONE),
    field("External-IP", "spec.externalName", NONE),
    text("Port(s)", portsOf),
    AGE,
    wide(text("Selector", (object) => pairs(at(object, "spec.selector")))),
  ],
};

/** In the order in which they are shown. */
export function columnsOf(resource: ServedResource): readonly Column[] {
  if (isCustom(resource)) return [NAME, { ...AGE, type: "date" }];
  return ownValue(COLUMNS, resourceName(resource)) ?? [NAME, CREATED_AT];
}

function at<Value>(object: KubeObject, path: string): Value | undefined {
  return path.split(".").reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | null | undefined)?.[name],
    object,
  ) as Value | undefined;
}

function count(object: KubeObject, path: string): number {
  return at<number>(object, path) ?? 0;
}

/** One replica unless the object says otherwise. */
function wanted(object: KubeObject): number {
  return at<number>(object, "spec.replicas") ?? 1;
}

function sizeOf(object: KubeObject, ...fields: readonly string[]): number {
  return fields.reduce((sum, name) => sum + Object.keys(object[name] ?? {}).length, 0);
}

function pairs(map: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(map ?? {}).sort();
  return entries.length === 0 ? NONE : entries.map(([key, value]) => `${key}=${value}`).join(",");
}

function containersOf(object: KubeObject): readonly Container[] {
  return at<Container[]>(object, TEMPLATE_CONTAINERS) ?? [];
}

function portsOf(object: KubeObject): string {
  const ports = at<{ port: number; nodePort?: number; protocol?: string }[]>(object, "spec.ports");
  const shown = (ports ?? []).map(({ port, nodePort, protocol = "TCP" }) =>
    nodePort === undefined ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`
  );
  return shown.length === 0 ? NONE : shown.join(",");
}

interface ContainerStatus {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string };
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
  };
  readonly lastState?: { readonly terminated?: { readonly finishedAt?: string } };
}

function statusesOf(object: KubeObject): readonly ContainerStatus[] {
  return at<ContainerStatus[]>(object, "status.containerStatuses") ?? [];
}

function readyOf(object: KubeObject): string {
  const ready = statusesOf(object).filter((status) => status.ready === true).length;
  return `${ready}/${at<unknown[]>(object, "spec.containers")?.length ?? 0}`;
}

/** What troubles the first container that is not well, else the phase. */
function podStatus(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating";
  const troubles = statusesOf(object).map(({ state: { waiting, terminated } = {} }) =>
    waiting?.reason ?? terminated?.reason ??
      (terminated === undefined ? undefined : `ExitCode:${terminated.exitCode ?? 0}`)
  );
  return troubles.find((trouble) => trouble !== undefined) ??
    at<string>(object, "status.reason") ?? at<string>(object, "status.phase") ?? "";
}

/** `3`, or `3 (5m ago)` with the last one. */
function restartsOf({ object, now }: Shown): string {
  const statuses = statusesOf(object);
  const restarts = statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const last = statuses.map(({ lastState }) => lastState?.terminated?.finishedAt ?? "").sort().at(
    -1,
  );
  return restarts === 0 || !last ? String(restarts) : `${restarts} (${ageOf(last, now)} ago)`;
}

/** As kubectl shows an age. */
export function ageOf(timestamp: string | undefined, now: Date): string {
  return timestamp === undefined ? UNKNOWN : humanDuration(now.getTime() - Date.parse(timestamp));
}
