/**
 * What do the manifests in deploy/base say? Reads the files and knows where each kind is served.
 * Shares no code with what made them.
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";

const BASE = fileURLToPath(new URL("../../deploy/base/", import.meta.url));

/** A container as the manifests have it. */
export interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly Container[];
    readonly [field: string]: unknown;
  };
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Any object; only what tests look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly template?: PodTemplate; readonly [field: string]: unknown };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace: string }[];
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  ReplicaSet: "replicasets",
  Job: "jobs",
  Service: "services",
};

/** Names of the manifests, in the order in which they are applied. */
export function resourceFiles(): string[] {
  return (parse(textOf("kustomization.yaml")) as { resources: string[] }).resources;
}

/** Names of all files that are there. */
export function filesThere(): string[] {
  return [...Deno.readDirSync(BASE)].map(({ name }) => name).sort();
}

export function textOf(file: string): string {
  return Deno.readTextFileSync(BASE + file);
}

export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** All objects of all files. */
export function allManifests(): Manifest[] {
  return resourceFiles().flatMap((file) => manifestsOf(textOf(file)));
}

/** Those that make pods, by the command that these run. */
export function workloads(): Map<string, { readonly manifest: Manifest; pod: PodTemplate }> {
  return new Map(
    allManifests().flatMap((manifest) => {
      const pod = manifest.spec?.template;
      return pod === undefined ? [] : [[pod.spec.containers[0]!.args[0]!, { manifest, pod }]];
    }),
  );
}

/** `/apis/apps/v1/namespaces/scaletest/replicasets`. */
export function collectionOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const plural = PLURALS[kind];
  assert.ok(plural !== undefined, `no plural of ${kind}`);
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${namespace}/${plural}`;
}

/** The container's variables and arguments as the kubelet makes them of the Downward API. */
export function asInPod(
  { env, args }: Container,
  pod: { readonly name: string; readonly namespace: string },
): { env: Record<string, string>; args: string[] } {
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": pod.name,
    "metadata.namespace": pod.namespace,
  };
  const values = Object.fromEntries(env.map(({ name, valueFrom }) => {
    const value = fields[valueFrom.fieldRef.fieldPath];
    assert.ok(value !== undefined, `${name}: ${valueFrom.fieldRef.fieldPath} is not known here`);
    return [name, value];
  }));
  const expanded = args.map((text) =>
    text.replace(/\$\((\w+)\)/g, (_, name: string) => values[name] ?? assert.fail(name))
  );
  return { env: values, args: expanded };
}
