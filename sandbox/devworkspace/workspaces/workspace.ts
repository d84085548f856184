/**
 * What does a DevWorkspace ask for, as its operator reads it?
 * Source: devfile/devworkspace-operator, pkg/provision/storage and controllers/workspace.
 * @module
 */

import { ATTRIBUTE, LABEL } from "../../../kube/devworkspace/words.ts";
import { type WorkspacePhase, workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";

export interface Workspace {
  readonly object: KubeObject;
  readonly ref: { readonly namespace: string; readonly name: string };
  /** Undefined: not given one yet. */
  readonly id: string | undefined;
  readonly phase: WorkspacePhase | undefined;
  readonly isStarted: boolean;
  readonly isBeingDeleted: boolean;
  readonly hasCreator: boolean;
  readonly storage: StorageKind;
  readonly containers: readonly WorkspaceContainer[];
  /** Undefined: its projects come from nowhere. */
  readonly restore: { readonly image: string | undefined } | undefined;
  readonly externalConfig: ObjectRef | undefined;
}

/** `own`, of each workspace; `common`, of all of a namespace. */
export type StorageKind = "own" | "common" | "none";

export interface WorkspaceContainer {
  readonly name: string;
  readonly image: string;
}

export function workspaceOf(object: KubeObject): Workspace {
  const { namespace = "", name = "", labels = {}, deletionTimestamp } = object.metadata;
  const { id, phase } = workspaceStatusOf(object);
  const { started, template } = fieldsOf(object["spec"]);
  const attributes = fieldsOf(fieldsOf(template)["attributes"]);
  const components = elementsOf(fieldsOf(template)["components"]);
  const containers = components.filter(({ container }) => container !== undefined)
    .map(({ name, container }) => ({
      name: textOf(name) ?? "",
      image: textOf(fieldsOf(container)["image"]) ?? "",
    }));
  const restores = [true, "true"].includes(attributes[ATTRIBUTE.restoreWorkspace] as boolean);
  return {
    object,
    ref: { namespace, name },
    id,
    phase,
    isStarted: started === true,
    isBeingDeleted: deletionTimestamp !== undefined,
    hasCreator: (labels[LABEL.creator] ?? "") !== "",
    storage: storageOf(textOf(attributes[ATTRIBUTE.storageType]), components),
    containers,
    restore: restores && containers.length > 0
      ? { image: textOf(attributes[ATTRIBUTE.restoreSourceImage]) }
      : undefined,
    externalConfig: refOf(attributes[ATTRIBUTE.externalConfig]),
  };
}

/** Undefined: it has none. */
export function claimNameOf(
  { id, storage }: Pick<Workspace, "id" | "storage">,
  commonClaim: string,
): string | undefined {
  switch (storage) {
    case "own":
      return `storage-${id}`;
    case "common":
      return commonClaim;
    case "none":
      return undefined;
  }
}

type Components = ReturnType<typeof elementsOf>;

function storageOf(type: string | undefined, components: Components): StorageKind {
  if (type === "ephemeral" || type === "async" || !needsStorage(components)) return "none";
  return type === "per-workspace" ? "own" : "common";
}

/** Sources are mounted unless it is said that they are not. */
function needsStorage(components: Components): boolean {
  return components.some(({ container, volume }) =>
    container !== undefined
      ? fieldsOf(container)["mountSources"] !== false
      : volume !== undefined && fieldsOf(volume)["ephemeral"] !== true
  );
}

function refOf(value: unknown): ObjectRef | undefined {
  const { namespace, name } = fieldsOf(value);
  const ref = { namespace: textOf(namespace) ?? "", name: textOf(name) ?? "" };
  return ref.name === "" ? undefined : ref;
}
