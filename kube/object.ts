/**
 * What every Kubernetes object has in common, as it is on the wire: JSON, times as text.
 * @module
 */

/** Source: apimachinery, pkg/apis/meta/v1/types.go, ObjectMeta; only what is used here. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque: compare for equality only, unless two come from the same resource of one server. */
  readonly resourceVersion?: string;
  /** Counts the changes of the spec, from 1; absent from kinds that have none. */
  readonly generation?: number;
  /** RFC 3339 in whole seconds, server's clock. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** Any object; what is not metadata is the business of those who know its kind. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** One page of a list. */
export interface KubeList {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    /** What a watch that continues this list begins from. */
    readonly resourceVersion?: string;
    /** Token of the next page; absent or empty on the last one. */
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly KubeObject[];
}

/** Where an object is. */
export interface ObjectRef {
  /** Absent for cluster-scoped resources. */
  readonly namespace?: string;
  readonly name: string;
}

/** `namespace/name`, or the name alone for a cluster-scoped object: the key of caches and queues. */
export function objectKey({ metadata: { namespace, name = "" } }: KubeObject): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/**
 * What clients and controllers have made of it: without what every write changes, and without its
 * kind, which the objects of a list do not tell.
 */
export function contentOf({ metadata: whole, ...object }: KubeObject): KubeObject {
  const { apiVersion: _, kind: _1, ...rest } = object;
  const { resourceVersion: _2, generation: _3, managedFields: _4, ...metadata } = whole as
    & ObjectMeta
    & { readonly managedFields?: unknown };
  return { ...rest, metadata };
}
