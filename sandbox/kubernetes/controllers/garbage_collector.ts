/**
 * What becomes of objects whose owner goes? Plays the garbage collector, without its delay.
 * Source: Kubernetes, "Garbage Collection" and "Owners and Dependents".
 * @module
 */

import { type ApiState, isTerminating } from "../api_state.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";
import { remove } from "../writing/delete.ts";
import type { StoreEvent } from "../store/event_history.ts";
import { tidy } from "../writing/metadata.ts";
import type { StoredObject } from "../store/stored_object.ts";
import { DELETE_NOW } from "../writing/write_options.ts";

/** Where a dependent is. */
interface Dependent {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

/** See the module. */
export class GarbageCollector {
  readonly #state: ApiState;
  /** By the owner's uid, then by the dependent's. */
  readonly #dependents = new Map<string, Map<string, Dependent>>();
  /** Owners that wait for their dependents to go, by uid. */
  readonly #waiting = new Map<string, Dependent>();

  constructor(state: ApiState) {
    this.#state = state;
  }

  /** Called after each write. */
  follow(kind: string, { type, object, previous }: StoreEvent): void {
    const uid = uidOf(object);
    const owners = type === "DELETED" ? [] : ownersOf(object);
    for (const owner of previous === undefined ? [] : ownersOf(previous)) {
      if (!owners.includes(owner)) this.#forget(owner, uid);
    }
    for (const owner of owners) this.#remember(owner, { kind, object });
    if (type === "DELETED") this.#onGone(uid);
    else if (isTerminating(object)) this.#release(kind, object);
  }

  #remember(owner: string, { kind, object }: { kind: string; object: StoredObject }): void {
    let dependents = this.#dependents.get(owner);
    if (dependents === undefined) this.#dependents.set(owner, dependents = new Map());
    const { namespace, name } = object;
    dependents.set(uidOf(object), { kind, namespace, name });
  }

  #forget(owner: string, uid: string): void {
    const dependents = this.#dependents.get(owner);
    dependents?.delete(uid);
    if (dependents?.size !== 0) return;
    this.#dependents.delete(owner);
    const waiting = this.#waiting.get(owner);
    if (waiting === undefined) return;
    const { kind, namespace, name } = waiting;
    const object = this.#state.store.collection(kind).get(namespace, name);
    if (object !== undefined && uidOf(object) === owner) this.#release(kind, object);
  }

  /** Those without another owner go with it. */
  #onGone(owner: string): void {
    for (const { kind, object } of this.#of(owner)) {
      if (ownersOf(object).length > 1) this.#disown(kind, object, owner);
      else this.#delete(kind, object);
    }
  }

  /** The finalizers by which a deletion waits for this collector. */
  #release(kind: string, object: StoredObject): void {
    const { finalizers = [] } = object.fields.metadata;
    const owner = uidOf(object);
    if (finalizers.includes(ORPHAN)) {
      for (const dependent of this.#of(owner)) {
        this.#disown(dependent.kind, dependent.object, owner);
      }
      this.#unhold(kind, object, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      if (!this.#waiting.has(owner)) {
        const { namespace, name } = object;
        this.#waiting.set(owner, { kind, namespace, name });
        for (const dependent of this.#of(owner)) this.#delete(dependent.kind, dependent.object);
      }
      if (this.#of(owner).length > 0 || !this.#waiting.delete(owner)) return;
      this.#unhold(kind, object, FOREGROUND);
    }
  }

  #of(owner: string): { kind: string; object: StoredObject }[] {
    const dependents = [...this.#dependents.get(owner)?.values() ?? []];
    return dependents.flatMap(({ kind, namespace, name }) => {
      const object = this.#state.store.collection(kind).get(namespace, name);
      return object === undefined ? [] : [{ kind, object }];
    });
  }

  #delete(kind: string, current: StoredObject): void {
    const resource = this.#state.resources.named(kind);
    if (resource === undefined || isTerminating(current)) return;
    const place = { resource, namespace: current.namespace };
    remove(this.#state, { place, current, options: DELETE_NOW });
  }

  #disown(kind: string, { fields }: StoredObject, owner: string): void {
    const metadata = fields.metadata as FullMeta;
    const ownerReferences = metadata.ownerReferences?.filter(({ uid }) => uid !== owner);
    this.#state.store.put(kind, { ...fields, metadata: tidy({ ...metadata, ownerReferences }) });
  }

  #unhold(kind: string, { fields }: StoredObject, finalizer: string): void {
    const { store } = this.#state;
    const finalizers = (fields.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    const next = { ...fields, metadata: tidy({ ...fields.metadata, finalizers }) };
    if (finalizers.length === 0) store.remove(kind, next);
    else store.put(kind, next);
  }
}

function uidOf({ fields }: StoredObject): string {
  return fields.metadata.uid ?? "";
}

function ownersOf({ fields }: StoredObject): string[] {
  return ((fields.metadata as FullMeta).ownerReferences ?? []).map(({ uid = "" }) => uid);
}
