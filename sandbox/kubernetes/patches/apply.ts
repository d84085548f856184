/**
 * What does an apply patch make of an object: which fields it sets, which it gives up, and with whom
 * it is in conflict?
 * Source: Kubernetes, "Server-Side Apply"; sigs.k8s.io/structured-merge-diff, merge/update.go; the
 * words as kube-apiserver 1.36 answers them.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { unknownFields } from "../validation/strict_fields.ts";
import { mergedWith, withoutFields } from "./apply_merge.ts";
import { type FieldPath, FieldSet, pathText } from "./field_set.ts";
import { walkedFields } from "./field_walk.ts";
import {
  changesBetween,
  type FieldWrite,
  identityOf,
  isSame,
  type Manager,
  managersOf,
  ownershipOf,
  withManagers,
} from "./managed_fields.ts";
import { isJsonObject, type JsonObject } from "./merge_patch.ts";
import { PatchError } from "./patch_error.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";

interface ApplyOptions extends FieldWrite {
  /** Take fields over from others. */
  readonly force: boolean;
}

/** Owns what was there when the first apply patch came to an object whose writers are not known. */
const BEFORE_FIRST_APPLY = "before-first-apply";

/**
 * The object with the configuration in it and its managers' entries.
 * @param current undefined: the object is new
 * @throws {PatchError} 409 unless forced
 */
export function applied(
  current: KubeObject | undefined,
  config: KubeObject,
  options: ApplyOptions,
): KubeObject {
  const { resource, time } = options;
  const custom = { isCustom: isCustom(resource) };
  const isOwn = ownershipOf(options);
  const own = identityOf(options, "Apply");
  const live = current ?? { metadata: {} };
  const fields = new FieldSet(
    [...walkedFields(config, custom)].filter((field) => field.isOwnedByApply).map(({ path }) =>
      path
    ),
  ).filter(isOwn);
  const before = knownManagers(current, options);
  const last = before.find((entry) => isSame(entry, own));
  const others = before.filter((entry) => entry !== last);
  const kept = others.reduce((sum, entry) => sum.union(entry.fields), fields);
  const merged = mergedWith(live, ownPart(config, options), custom);
  const next = withoutFields(merged, (last?.fields ?? FieldSet.EMPTY).minus(kept), {
    ...custom,
    kept,
  }) as KubeObject;
  const changes = changesBetween(live, next, options);
  if (!options.force) requireNoConflict(others, changes.written);
  const isChanged = !changes.written.isEmpty || !changes.removed.isEmpty;
  const applier: Manager = {
    ...own,
    ...(isChanged ? { time } : last?.time === undefined ? {} : { time: last.time }),
    fields,
  };
  return withManagers(next, [
    ...others.map((entry) => ({
      ...entry,
      fields: entry.fields.minus(changes.written).minus(changes.removed),
    })),
    applier,
  ]);
}

/** The configuration without what this path does not write. */
function ownPart(config: KubeObject, { resource, subresource }: ApplyOptions): JsonObject {
  const hasStatus = resource.subresources.includes("status");
  if (subresource === "status") {
    const { spec: _, ...rest } = config;
    return rest;
  }
  if (!hasStatus) return config;
  const { status: _, ...rest } = config;
  return rest;
}

function knownManagers(current: KubeObject | undefined, options: ApplyOptions): readonly Manager[] {
  const managers = managersOf(current);
  if (current === undefined || managers.length > 0) return managers;
  const { resource, time } = options;
  const { written } = changesBetween({}, current, { resource });
  const owner = { ...options, manager: BEFORE_FIRST_APPLY };
  const { subresource: _, ...identity } = identityOf(owner, "Update");
  return [{ ...identity, time, fields: written }];
}

function requireNoConflict(others: readonly Manager[], written: FieldSet): void {
  const conflicts = others
    .map((entry) => ({ name: nameOf(entry), paths: entry.fields.intersection(written).paths }))
    .filter(({ paths }) => paths.length > 0)
    .sort((one, other) => one.name < other.name ? -1 : 1);
  const causes = conflicts.flatMap(({ name, paths }) =>
    paths.map((path) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${name}`,
      field: pathText(path),
    }))
  );
  const [only] = causes;
  if (only === undefined) return;
  const words = causes.length === 1
    ? `1 conflict: ${only.message}: ${only.field}`
    : `${causes.length} conflicts: ${
      conflicts.map(({ name, paths }) =>
        [`conflicts with ${name}:`, ...paths.map((path) => `- ${pathText(path)}`)].join("\n")
      ).join("\n")
    }`;
  throw new PatchError(409, `Apply failed with ${words}`, causes);
}

function nameOf({ manager, operation, apiVersion, subresource }: Manager): string {
  const part = subresource === undefined ? "" : ` with subresource ${goQuote(subresource)}`;
  return `${goQuote(manager)}${part}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}

const TEXT_MAPS: readonly FieldPath[] = [
  ["f:metadata", "f:labels"],
  ["f:metadata", "f:annotations"],
];

/**
 * An apply patch keeps to the fields that its kind has; other writes need not.
 * Source: sigs.k8s.io/structured-merge-diff, typed/validate.go.
 * @throws {PatchError} 500, as the server has it
 */
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
