/**
 * What belongs in each namespace, and how does one end? Plays the controllers that make the default
 * ServiceAccount and the certificate's ConfigMap, and the one that empties Terminating namespaces.
 * Source: Kubernetes, "Namespaces walkthrough"; kubernetes/pkg/controller/namespace.
 * @module
 */

import { type ApiState, isTerminating, namespaceNamed, timestamp } from "../api_state.ts";
import { remove } from "../writing/delete.ts";
import type { StoreEvent } from "../store/event_history.ts";
import { newMeta, tidy, uuid } from "../writing/metadata.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { partOf } from "../defaults/pod_defaults.ts";
import type { Fields, StoredObject } from "../store/stored_object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { DELETE_NOW } from "../writing/write_options.ts";

const NAMESPACES = "namespaces";
const FINALIZER = "kubernetes";

interface NamespaceLifeOptions {
  /** PEM, for kube-root-ca.crt. */
  readonly caPem: string;
  /** How long after its deletion a namespace is emptied, ms. */
  readonly terminationMs: number;
  /** Ends the waiting. */
  readonly ended: AbortSignal;
}

/** See the module. */
export class NamespaceLife {
  readonly #state: ApiState;
  readonly #options: NamespaceLifeOptions;

  constructor(state: ApiState, options: NamespaceLifeOptions) {
    this.#state = state;
    this.#options = options;
  }

  /** Called after each write. */
  follow(resource: string, event: StoreEvent): void {
    const { type, object } = event;
    if (resource !== NAMESPACES) {
      if (type === "DELETED" && object.namespace !== "") this.#onContentGone(object.namespace);
      return;
    }
    if (type === "DELETED") return;
    if (!isTerminating(object)) return this.#fill(object.name);
    if (event.previous !== undefined && !isTerminating(event.previous)) this.#beginEnd(object.name);
  }

  /** What the controllers put into each namespace, as often as it is missing. */
  #fill(namespace: string): void {
    const description =
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal " +
      "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is " +
      "guaranteed across distributions of Kubernetes clusters.";
    this.#ensure("serviceaccounts", { namespace, name: "default" });
    this.#ensure("configmaps", {
      namespace,
      name: "kube-root-ca.crt",
      annotations: { "kubernetes.io/description": description },
    }, { data: { "ca.crt": this.#options.caPem } });
  }

  #ensure(
    resource: string,
    meta: { namespace: string; name: string; annotations?: Readonly<Record<string, string>> },
    rest: Readonly<Record<string, unknown>> = {},
  ): void {
    const { store, rng } = this.#state;
    const { namespace, name } = meta;
    if (store.collection(resource).get(namespace, name) !== undefined) return;
    const metadata = newMeta(meta, {
      name,
      namespace,
      uid: uuid(rng),
      creationTimestamp: timestamp(this.#state),
      generation: undefined,
    });
    store.put(resource, { metadata, ...rest } as Fields);
  }

  #onContentGone(name: string): void {
    const namespace = namespaceNamed(this.#state, name);
    if (namespace === undefined) return;
    if (!isTerminating(namespace)) return this.#fill(name);
    // The one who is emptying it looks by itself; this is about objects that held it up.
    if (partOf(namespace.fields["status"])["conditions"] !== undefined) this.#finish(name);
  }

  #beginEnd(name: string): void {
    const { clock } = this.#state;
    const { terminationMs, ended } = this.#options;
    void clock.sleepUntil(clock.now() + terminationMs, ended).then(() => {
      if (!ended.aborted) this.#empty(name);
    });
  }

  #empty(name: string): void {
    for (const { resource, object } of this.#contents(name)) {
      const place = { resource, namespace: name };
      remove(this.#state, { place, current: object, options: DELETE_NOW });
    }
    this.#finish(name);
  }

  /** Removes it if nothing is left in it, or says what is. */
  #finish(name: string): void {
    const namespace = namespaceNamed(this.#state, name);
    if (namespace === undefined) return;
    const { store } = this.#state;
    const { fields } = namespace;
    const left = [...this.#contents(name)];
    if (left.length > 0) {
      const conditions = remainingConditions(left, timestamp(this.#state));
      const status = { ...partOf(fields["status"]), conditions };
      const said = JSON.stringify(partOf(fields["status"])["conditions"]);
      if (said !== JSON.stringify(conditions)) store.put(NAMESPACES, { ...fields, status });
      return;
    }
    const spec = partOf(fields["spec"]);
    const finalizers = ((spec["finalizers"] ?? []) as readonly string[])
      .filter((finalizer) => finalizer !== FINALIZER);
    const next = {
      ...fields,
      metadata: tidy({ ...fields.metadata }),
      spec: finalizers.length === 0 ? {} : { ...spec, finalizers },
    } as Fields;
    const isHeld = finalizers.length > 0 || (fields.metadata.finalizers ?? []).length > 0;
    if (!isHeld) store.remove(NAMESPACES, next);
    else if (finalizers.length !== (spec["finalizers"] as readonly string[] ?? []).length) {
      store.put(NAMESPACES, next);
    }
  }

  *#contents(namespace: string): Generator<{ resource: ServedResource; object: StoredObject }> {
    const { store, resources } = this.#state;
    const seen = new Set<string>();
    for (const resource of resources.all()) {
      const kind = resourceName(resource);
      // Versions of one resource have the same objects.
      if (!resource.namespaced || seen.has(kind)) continue;
      seen.add(kind);
      for (const object of store.collection(kind).list(namespace)) yield { resource, object };
    }
  }
}

interface Remaining {
  readonly resource: ServedResource;
  readonly object: StoredObject;
}

const FINE = [
  [
    "NamespaceDeletionDiscoveryFailure",
    "ResourcesDiscovered",
    "All resources successfully discovered",
  ],
  [
    "NamespaceDeletionGroupVersionParsingFailure",
    "ParsedGroupVersions",
    "All legacy kube types successfully parsed",
  ],
  [
    "NamespaceDeletionContentFailure",
    "ContentDeleted",
    "All content successfully deleted, may be waiting on finalization",
  ],
] as const;

/**
 * What a Terminating namespace says about what holds it.
 * Source: kubernetes/pkg/controller/namespace/deletion/status_condition_utils.go.
 * @param left not empty
 */
function remainingConditions(left: readonly Remaining[], now: string): unknown[] {
  const kinds = Map.groupBy(left, ({ resource }) => resourceName(resource));
  const content = [...kinds].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, objects]) => `${kindText(kind)} has ${objects.length} resource instances`);
  const holders = Map.groupBy(
    left.flatMap(({ object }) => object.fields.metadata.finalizers ?? []),
    (finalizer) => finalizer,
  );
  const finalizers = [...holders].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([finalizer, all]) => `${finalizer} in ${all.length} resource instances`);
  const said = (message: string, type: string, reason: string, status: string) => ({
    type,
    status,
    lastTransitionTime: now,
    reason,
    message,
  });
  return [
    ...FINE.map(([type, reason, message]) => said(message, type, reason, "False")),
    said(
      `Some resources are remaining: ${content.join(", ")}`,
      "NamespaceContentRemaining",
      "SomeResourcesRemain",
      "True",
    ),
    said(
      `Some content in the namespace has finalizers remaining: ${finalizers.join(", ")}`,
      "NamespaceFinalizersRemaining",
      "SomeFinalizersRemain",
      "True",
    ),
  ];
}

/** With the dot that the real server puts after resources of the core group too. */
function kindText(kind: string): string {
  return kind.includes(".") ? kind : `${kind}.`;
}
