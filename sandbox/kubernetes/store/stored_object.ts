/**
 * One state of one object, as the store keeps it: never changed.
 * @module
 */

import type { KubeObject, ObjectMeta } from "../../../kube/object.ts";

/** A kind under the version in which a client wants to see it. */
export interface ObjectType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Everything of an object but `apiVersion` and `kind`, which depend on who reads it. */
export interface Fields {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export function fieldsOf({ apiVersion: _, kind: __, ...fields }: KubeObject): Fields {
  return fields;
}

/** See the module. */
export class StoredObject {
  readonly fields: Fields;
  readonly revision: number;

  constructor(fields: Fields, revision: number) {
    this.fields = fields;
    this.revision = revision;
  }

  get namespace(): string {
    return this.fields.metadata.namespace ?? "";
  }

  get name(): string {
    return this.fields.metadata.name ?? "";
  }

  /** The same state with the resourceVersion of another write. */
  at(revision: number): StoredObject {
    const { metadata, ...rest } = this.fields;
    const resourceVersion = String(revision);
    return new StoredObject({ metadata: { ...metadata, resourceVersion }, ...rest }, revision);
  }

  /** For selectors, patches and others that need all of it. */
  as({ apiVersion, kind }: ObjectType): KubeObject {
    return { kind, apiVersion, ...this.fields } as KubeObject;
  }
}

/** What a write has come to. */
export interface WriteOutcome {
  /** The state after it. */
  readonly object: StoredObject;
  readonly isNew: boolean;
}
