/**
 * What are the workspaces made after: a built-in object, or one of the user's; and would one that is made
 * after it be backed up? Pure.
 * Source: devfile/api, pkg/apis/workspaces/v1alpha2; devfile/devworkspace-operator, pkg/provision/storage
 * (v0.42.0).
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import { readYaml, YamlError } from "../../../core/yaml.ts";
import { DEV_WORKSPACES } from "../../../kube/devworkspace/kinds.ts";
import { ATTRIBUTE } from "../../../kube/devworkspace/words.ts";
import { elementsOf, type Fields, fieldsOf, textOf } from "../../../kube/fields.ts";
import type { KubeObject, ObjectMeta, ObjectRef } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";

/** `metadata` has annotations at most. */
export interface WorkspaceTemplate {
  /** For people: `built-in`, or where it was read. */
  readonly from: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
}

/** Small, and with a volume of its own: what has nothing to store is never backed up. */
export const BUILT_IN: WorkspaceTemplate = {
  from: "built-in",
  annotations: {},
  spec: {
    routingClass: "basic",
    template: {
      attributes: { [ATTRIBUTE.storageType]: "per-workspace" },
      components: [
        { name: "projects", volume: { size: "10Mi" } },
        {
          name: "dev",
          container: {
            image: "registry.access.redhat.com/ubi9/ubi-micro:9.6-1752751762",
            command: ["tail", "-f", "/dev/null"],
            mountSources: true,
            memoryLimit: "64Mi",
            memoryRequest: "32Mi",
            cpuLimit: "200m",
            cpuRequest: "100m",
          },
        },
      ],
    },
  },
};

/** @throws {UsageError} if it is no DevWorkspace */
export function readTemplate(text: string, from: string): WorkspaceTemplate {
  const object = fieldsOf(parsed(text, from));
  const { kind, metadata, spec } = object;
  if (kind !== DEV_WORKSPACES.kind || fieldsOf(spec)["template"] === undefined) {
    const found = textOf(kind) ?? "no kind";
    throw new UsageError(
      `--devworkspace-link: ${from} is to hold one ${DEV_WORKSPACES.kind} with spec.template, not ${found}`,
    );
  }
  const annotations = fieldsOf(fieldsOf(metadata)["annotations"]) as Record<string, string>;
  return { from, annotations, spec: fieldsOf(spec) };
}

function parsed(text: string, from: string): unknown {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const { line, column } = error.place;
    throw new UsageError(
      `--devworkspace-link: ${from} is neither JSON nor YAML: line ${line}, column ${column}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Why the operator would never back up such a workspace, one clause; undefined: nothing is known. */
export function whyNotBackedUp({ spec }: Pick<WorkspaceTemplate, "spec">): string | undefined {
  const template = fieldsOf(spec["template"]);
  const storage = fieldsOf(template["attributes"])[ATTRIBUTE.storageType];
  if (storage === "ephemeral" || storage === "async") {
    return `its storage is ${storage}, so that it has no volume of which a backup could be made`;
  }
  const components = elementsOf(template["components"]);
  // What comes from elsewhere may have a volume.
  const isWhole = template["parent"] === undefined && spec["contributions"] === undefined &&
    components.every(({ plugin }) => plugin === undefined);
  if (!isWhole || components.some(needsStorage)) return undefined;
  return "no container of it mounts sources and it has no volume that lasts, so that there is nothing to back up";
}

function needsStorage({ container, volume }: Fields): boolean {
  if (volume !== undefined) return fieldsOf(volume)["ephemeral"] !== true;
  return container !== undefined && fieldsOf(container)["mountSources"] !== false;
}

/** A namespaced object after the template. */
export function workspaceAfter(
  { annotations, spec }: WorkspaceTemplate,
  { namespace, name, labels, started }: Required<ObjectRef> & {
    readonly labels: NonNullable<ObjectMeta["labels"]>;
    readonly started: boolean;
  },
): KubeObject {
  return {
    apiVersion: apiVersionOf(DEV_WORKSPACES),
    kind: DEV_WORKSPACES.kind,
    metadata: { namespace, name, labels, annotations },
    spec: { ...spec, started },
  };
}
