/**
 * Does an apply patch keep to the fields that its kind has? Unlike other writes, it must.
 * Source: sigs.k8s.io/structured-merge-diff, typed/validate.go; the words as kube-apiserver 1.36
 * answers them.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { type FieldPath, pathText } from "./field_set.ts";
import { walkedFields } from "./field_walk.ts";
import { isJsonObject } from "./merge_patch.ts";
import { PatchError } from "./patch_error.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { unknownFields } from "../validation/strict_fields.ts";

const TEXT_MAPS: readonly FieldPath[] = [
  ["f:metadata", "f:labels"],
  ["f:metadata", "f:annotations"],
];

/** @throws {PatchError} 500, as the server has it */
export function requireDeclared(config: KubeObject, resource: ServedResource): void {
  const [complaint] = [
    ...unknownFields(config, resource).map((name) => `.${name}: field not declared in schema`),
    ...repeatedElements(config, resource),
    ...textMapComplaints(config, resource),
  ];
  if (complaint === undefined) return;
  const { apiVersion = "", kind = "", metadata: { name = "", namespace = "" } } = config;
  const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  const subject = `${namespace}/${name}; ${version}, Kind=${kind}`;
  throw new PatchError(500, `failed to create typed patch object (${subject}): ${complaint}`);
}

function repeatedElements(config: KubeObject, resource: ServedResource): string[] {
  const seen = new Set<string>();
  const complaints: string[] = [];
  for (const { path } of walkedFields(config, { isCustom: isCustom(resource) })) {
    const last = path.at(-1)!;
    if (last.startsWith("f:")) continue;
    const text = pathText(path);
    if (seen.has(text)) {
      complaints.push(
        `${pathText(path.slice(0, -1))}: duplicate entries for key ${pathText([last])}`,
      );
    }
    seen.add(text);
  }
  return complaints;
}

function textMapComplaints(config: KubeObject, { group, plural }: ServedResource): string[] {
  const isConfigMap = group === "" && plural === "configmaps";
  return [...TEXT_MAPS, ...(isConfigMap ? [["f:data"]] : [])].flatMap((path) => {
    const value = path.reduce<unknown>(
      (around, element) => isJsonObject(around) ? around[element.slice(2)] : undefined,
      config,
    );
    if (value === undefined || value === null) return [];
    if (!isJsonObject(value)) return [`${pathText(path)}: expected map, got &{${String(value)}}`];
    return Object.entries(value).filter(([, text]) => typeof text !== "string" && text !== null)
      .map(([key, text]) =>
        `${pathText([...path, `f:${key}`])}: expected string, got &value.valueUnstructured{Value:${
          String(text)
        }}`
      );
  });
}
