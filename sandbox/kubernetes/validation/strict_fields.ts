/**
 * Which fields of an object does the server not know, or find twice? Looks at the top of an object, at
 * its metadata and for repeated names everywhere; of the inside of a spec it knows nothing.
 * Source: apiserver, "Field validation"; the words as kube-apiserver 1.36 answers them.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";

const METADATA_FIELDS: ReadonlySet<string> = new Set([
  "annotations",
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generateName",
  "generation",
  "labels",
  "managedFields",
  "name",
  "namespace",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
]);

const TEXT_MAPS: ReadonlySet<string> = new Set([
  "annotations",
  "binaryData",
  "data",
  "labels",
  "stringData",
]);
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...TEXT_MAPS,
  "finalizers",
  "managedFields",
  "ownerReferences",
]);

/** `unknown field "spec"`, `duplicate field "metadata.name"`, in the server's order. */
export function strictComplaints(text: string, resource: ServedResource): string[] {
  const isUntyped = isCustom(resource);
  const complaints = new Set<string>();
  for (const { path, isRepeated } of jsonFields(text)) {
    const unknown = unknownPart(path, resource);
    // What is inside an unknown field is looked at only where no Go type says what is known.
    if (isRepeated && (isUntyped || unknown === undefined)) {
      complaints.add(`duplicate field ${goQuote(pathText(path))}`);
    }
    if (unknown !== undefined) complaints.add(`unknown field ${goQuote(unknown)}`);
  }
  return isUntyped ? duplicatesFirst([...complaints]) : [...complaints];
}

/** Names of fields that the kind does not have, as `spec` or `metadata.foo`. */
export function unknownFields(object: KubeObject, resource: ServedResource): string[] {
  const names = Object.keys(object).map((name) => [name]);
  const inMetadata = Object.keys(object.metadata ?? {}).map((name) => ["metadata", name]);
  return [...names, ...inMetadata].map((path) => unknownPart(path, resource))
    .filter((part) => part !== undefined);
}

/** A custom object is read twice: as JSON, and then field by field. */
function duplicatesFirst(complaints: readonly string[]): string[] {
  const isDuplicate = (complaint: string) => complaint.startsWith("duplicate");
  return [
    ...complaints.filter(isDuplicate),
    ...complaints.filter((complaint) => !isDuplicate(complaint)),
  ];
}

/** The object as the server keeps it: without unknown fields, null and what is empty. */
export function withoutUnknown(object: KubeObject, resource: ServedResource): KubeObject {
  const top = Object.entries(object).filter(([name, value]) =>
    value !== null && isKnown(name, resource)
  );
  const metadata = Object.entries(object.metadata ?? {})
    .filter(([name]) => METADATA_FIELDS.has(name));
  return {
    ...Object.fromEntries(isCustom(resource) ? top : withoutEmpty(top)),
    metadata: Object.fromEntries(withoutEmpty(metadata)),
  };
}

/** Of the fields that Go leaves out when they are empty, and in whose maps it reads null as "". */
function withoutEmpty(entries: readonly [string, unknown][]): [string, unknown][] {
  return entries.map(([name, value]): [string, unknown] => [
    name,
    TEXT_MAPS.has(name) && value !== null ? withTexts(value as object) : value,
  ]).filter(([name, value]) =>
    value !== null && !(LEFT_OUT.has(name) && Object.keys(value as object).length === 0)
  );
}

function withTexts(map: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value ?? ""]));
}

function unknownPart(
  [first, second]: readonly (string | number)[],
  resource: ServedResource,
): string | undefined {
  if (!isKnown(String(first), resource)) return String(first);
  const isUnknown = first === "metadata" && second !== undefined &&
    !METADATA_FIELDS.has(String(second));
  return isUnknown ? `metadata.${second}` : undefined;
}

function isKnown(name: string, { fields }: ServedResource): boolean {
  return fields === undefined || fields.includes(name) ||
    name === "apiVersion" || name === "kind" || name === "metadata";
}

/** One name in one object of a JSON text, of which JSON.parse loses those that come twice. */
interface JsonField {
  /** Names and list indexes from the top. */
  readonly path: readonly (string | number)[];
  /** The object has had this name before. */
  readonly isRepeated: boolean;
}

/** An object or a list that is being read. */
interface Frame {
  readonly path: readonly (string | number)[];
  /** Of an object; undefined: it is a list. */
  readonly names: Set<string> | undefined;
  /** Of a list: the member that is being read. */
  index: number;
  /** Of an object: the name whose value is being read; undefined while a name is due. */
  name: string | undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** Every field of every object, outer ones before those inside them. */
function* jsonFields(text: string): Generator<JsonField, void> {
  const open: Frame[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = open.at(-1);
    if (token === "{" || token === "[") {
      const names = token === "{" ? new Set<string>() : undefined;
      open.push({ path: pathIn(frame), names, index: 0, name: undefined });
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ",") {
      frame!.index++;
      frame!.name = undefined;
    } else if (frame?.names !== undefined && frame.name === undefined) {
      frame.name = JSON.parse(token) as string;
      yield { path: pathIn(frame), isRepeated: frame.names.has(frame.name) };
      frame.names.add(frame.name);
    }
  }
}

function pathIn(frame: Frame | undefined): (string | number)[] {
  if (frame === undefined) return [];
  return [...frame.path, frame.names === undefined ? frame.index : frame.name!];
}

/** `spec.containers[0].name` */
function pathText(path: JsonField["path"]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("").slice(1);
}
