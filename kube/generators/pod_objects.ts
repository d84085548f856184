/**
 * Which objects make pods of a cluster generators of a run? One Indexed Job, what it is told by, and who
 * its pods are. Pure: the same options give the same objects.
 * Source: Kubernetes API, batch/v1 Job; Pod Security Standards, "restricted".
 * @module
 */

import { UsageError } from "../../core/errors.ts";
import type { GeneratorLink } from "../../core/generators/generator_link.ts";
import { GENERATOR_VARIABLE } from "../../core/generators/generator_variable.ts";
import { NAME } from "../../core/version.ts";
import type { ClusterNeeds, NeededRight } from "../kubernetes_command.ts";
import { rbacObjects } from "../manifests/rbac.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { hyphenated, ownerLabels, type RunIdentity } from "../owned/ownership.ts";
import { CONFIG_MAPS } from "../resource.ts";
import type { PodResources } from "./flags.ts";
import { VIA_POD } from "./via_pod.ts";
import { PLAN_FILE } from "./shipped_settings.ts";

export interface PodPlan {
  readonly identity: RunIdentity;
  readonly namespace: string;
  readonly count: number;
  readonly image: string;
  /** Undefined: one is made, with the rights in `needs`. */
  readonly serviceAccount: string | undefined;
  readonly needs: ClusterNeeds;
  readonly requests: PodResources;
  readonly limits: PodResources;
  /** By which every pod has ended, from its start. */
  readonly deadlineMs: number;
  /** Whether a pod that is lost is replaced, once. */
  readonly isReplaced: boolean;
  /** What is mounted at {@link SETTINGS_FOLDER}. */
  readonly settings: Readonly<Record<string, string>>;
}

export const SETTINGS_FOLDER = "/etc/scaletool";
/** The place of a pod of an Indexed Job, as its controller tells it in every container. */
const INDEX_VARIABLE = "JOB_COMPLETION_INDEX";
export const INDEX_LABEL = "batch.kubernetes.io/job-completion-index";
export const CONTAINER = NAME;
/** All orders so far, as a JSON array. */
export const ORDERS_KEY = "orders";
/** Of the run, for whoever collects it after its coordinator is gone. */
export const MANIFEST_KEY = "manifest";

/** What a generator takes from SIGTERM on: what is in flight (5 s), and cleaning up where it is alone. */
export const POD_GRACE_SECONDS = 90;
/** Beside that, what nodes may take to get started and to be heard. */
const JOB_MARGIN_SECONDS = 300;
/** Most characters of a host name, which a pod of an Indexed Job has its Job's name and number for. */
const LONGEST_HOST_NAME = 63;
const WORK_FOLDER = "/work";

/**
 * Of all objects of a run's pods.
 * @throws {UsageError} if pods could not be called so
 */
export function podsName(runId: string, count: number): string {
  const name = `${NAME}-${runId.replaceAll(".", "-")}`;
  const room = LONGEST_HOST_NAME - 1 - String(count - 1).length;
  if (name.length <= room) return name;
  throw new UsageError(
    `Cannot name ${count} pods after run "${runId}": "${name}" has more than ${room} characters; ` +
      "use a shorter --run-id",
  );
}

/** The rights of a pod beside those that its load takes. */
export function orderRights(orders: Required<ObjectRef>): NeededRight[] {
  return ["list", "watch"].map((verb) => ({ verb, kind: CONFIG_MAPS, ...orders }));
}

/** The Job, which stands still until all else is there: the others go with it. */
export function jobObject(plan: PodPlan): KubeObject {
  const { count, isReplaced, deadlineMs, identity } = plan;
  const deadlineSeconds = Math.ceil(deadlineMs / 1_000);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metadataOf(plan),
    spec: {
      suspend: true,
      completionMode: "Indexed",
      completions: count,
      parallelism: count,
      // Without it the first pod that fails ends all others, and takes their logs with it.
      backoffLimitPerIndex: isReplaced ? 1 : 0,
      ...(isReplaced ? { podFailurePolicy: USELESS_TO_REPEAT } : {}),
      activeDeadlineSeconds: deadlineSeconds + POD_GRACE_SECONDS + JOB_MARGIN_SECONDS,
      template: {
        metadata: { labels: { ...ownerLabels(identity), "app.kubernetes.io/name": NAME } },
        spec: podSpec(plan, deadlineSeconds),
      },
    },
  };
}

/** It could not run, or was told nonsense: so would the next one. */
const USELESS_TO_REPEAT = {
  rules: [{
    action: "FailIndex",
    onExitCodes: { containerName: CONTAINER, operator: "In", values: [1, 2] },
  }],
};

function podSpec(plan: PodPlan, deadlineSeconds: number): unknown {
  const { identity: { runId }, serviceAccount } = plan;
  const name = metadataOf(plan).name;
  return {
    serviceAccountName: serviceAccount ?? name,
    restartPolicy: "Never",
    // The kubelet's own, which leaves the pod and its log; the Job's would delete both.
    activeDeadlineSeconds: deadlineSeconds,
    terminationGracePeriodSeconds: POD_GRACE_SECONDS,
    // Their variables would look like flags: SCALETOOL_..._PORT.
    enableServiceLinks: false,
    nodeSelector: { "kubernetes.io/os": "linux" },
    topologySpreadConstraints: [{
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: { "scaletool.io/run-id": runId } },
    }],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [containerOf(plan)],
    volumes: [
      { name: "settings", secret: { secretName: name } },
      { name: "work", emptyDir: {} },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

function containerOf(plan: PodPlan): unknown {
  const { identity: { command }, image, requests, limits, count } = plan;
  const { name, namespace } = metadataOf(plan);
  return {
    name: CONTAINER,
    image,
    args: [...command.split(" "), `--plan=${SETTINGS_FOLDER}/${PLAN_FILE}`],
    env: [
      {
        name: INDEX_VARIABLE,
        valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX_LABEL}']` } },
      },
      { name: GENERATOR_VARIABLE, value: linkText({ of: count, at: { namespace, name } }) },
    ],
    workingDir: WORK_FOLDER,
    resources: { requests, limits },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "settings", mountPath: SETTINGS_FOLDER, readOnly: true },
      { name: "work", mountPath: WORK_FOLDER },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** A `GeneratorLink` as JSON, in which the kubelet puts the variable's value. */
function linkText({ of, at }: Pick<GeneratorLink, "of" | "at">): string {
  const rest = JSON.stringify({ of, via: VIA_POD, at });
  return `{"index":$(${INDEX_VARIABLE}),${rest.slice(1)}`;
}

/** The settings of the pods. */
export function settingsObject(plan: PodPlan): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadataOf(plan),
    immutable: true,
    stringData: plan.settings,
  };
}

/** The orders of the coordinator, none yet. */
export function ordersObject(plan: PodPlan, manifest: unknown): KubeObject {
  const { labels: _, ...metadata } = metadataOf(plan);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    // Not with the labels of the run: what has these and is of a kind that the load makes goes between
    // the rungs of a ladder, and is counted by who watches the load.
    metadata: { ...metadata, labels: { "app.kubernetes.io/name": NAME } },
    data: { [ORDERS_KEY]: "[]", [MANIFEST_KEY]: JSON.stringify(manifest) },
  };
}

/** ServiceAccount, roles and bindings; without the first where there is one already. */
export function accountObjects(plan: PodPlan): KubeObject[] {
  const { name, namespace, labels } = metadataOf(plan);
  const orders = { namespace, name };
  if (plan.serviceAccount !== undefined) return [];
  const needs = { ...plan.needs, rights: [...plan.needs.rights, ...orderRights(orders)] };
  return rbacObjects(needs, {
    command: hyphenated(plan.identity.command),
    account: orders,
    labels,
  });
}

/** All of them, as they are made. */
export function podObjects(
  plan: PodPlan,
  manifest: unknown,
): [KubeObject, ...KubeObject[]] {
  return [
    jobObject(plan),
    settingsObject(plan),
    ordersObject(plan, manifest),
    ...accountObjects(plan),
  ];
}

/** The object with the Job as its owner, with which it goes; one in another scope has no owner. */
export function ownedBy(job: KubeObject, object: KubeObject): KubeObject {
  const { name, uid, namespace } = job.metadata;
  if (object.metadata.namespace !== namespace) return object;
  const owner = { apiVersion: "batch/v1", kind: "Job", name, uid };
  const metadata = { ...object.metadata, ownerReferences: [owner] };
  return { ...object, metadata } as KubeObject;
}

function metadataOf({ identity, namespace, count }: PodPlan) {
  return {
    name: podsName(identity.runId, count),
    namespace,
    labels: { ...ownerLabels(identity), "app.kubernetes.io/name": NAME },
  };
}
