/**
 * Serves what definitions define: at once when one is created, until its last object is gone when it
 * is deleted.
 * @module
 */

import { resourceName } from "../../../kube/resource.ts";
import { type ApiState, isTerminating, timestamp } from "../api_state.ts";
import { DELETE_NOW } from "../writing/write_options.ts";
import {
  CLEANUP_FINALIZER,
  definedResources,
  DEFINITIONS,
  establishedStatus,
  isEstablished,
} from "../defaults/definition.ts";
import { remove } from "../writing/delete.ts";
import type { StoreEvent } from "../store/event_history.ts";
import { tidy } from "../writing/metadata.ts";
import type { ServedResource } from "../discovery/resources.ts";
import type { StoredObject } from "../store/stored_object.ts";

/** Called after each write. */
export function followDefinitions(state: ApiState, resource: string, event: StoreEvent): void {
  if (resource !== DEFINITIONS) return continueCleanUp(state, resource, event);
  const { type, object } = event;
  const { fields } = object;
  if (type === "DELETED") return state.resources.define(object.name, []);
  state.resources.define(object.name, definedResources(fields));
  if (isTerminating(object)) return cleanUp(state, object);
  if (isEstablished(fields)) return;
  const status = establishedStatus(fields, timestamp(state));
  state.store.put(DEFINITIONS, { ...fields, status });
}

/** Deletes its objects; the last one to go takes the definition with it. */
function cleanUp(state: ApiState, definition: StoredObject): void {
  const [first] = definedResources(definition.fields);
  if (first !== undefined) {
    const { store } = state;
    for (const current of store.collection(resourceName(first)).list()) {
      const { namespace } = current;
      if (!isTerminating(current)) {
        remove(state, { place: { resource: first, namespace }, current, options: DELETE_NOW });
      }
    }
  }
  finishIfEmpty(state, definition.name, first);
}

function continueCleanUp(state: ApiState, kind: string, { type }: StoreEvent): void {
  if (type !== "DELETED") return;
  // A definition has the name of its resource: widgets.example.com.
  const definition = state.store.collection(DEFINITIONS).get("", kind);
  if (definition === undefined || !isTerminating(definition)) return;
  finishIfEmpty(state, kind, definedResources(definition.fields)[0]);
}

function finishIfEmpty(
  { store }: ApiState,
  name: string,
  resource: ServedResource | undefined,
): void {
  const isEmpty = resource === undefined ||
    store.collection(resourceName(resource)).list().length === 0;
  const definition = store.collection(DEFINITIONS).get("", name);
  if (!isEmpty || definition === undefined) return;
  const { fields } = definition;
  const finalizers = (fields.metadata.finalizers ?? []).filter((one) => one !== CLEANUP_FINALIZER);
  const metadata = tidy({ ...fields.metadata, finalizers });
  if (finalizers.length === 0) store.remove(DEFINITIONS, { ...fields, metadata });
  else store.put(DEFINITIONS, { ...fields, metadata });
}
