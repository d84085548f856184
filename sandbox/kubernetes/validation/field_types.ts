/**
 * Is each field of the type that the server reads it as? Checks metadata, the data of ConfigMaps and
 * Secrets, and that spec and status are objects; what is inside those it does not know.
 * Source: apimachinery, pkg/apis/meta/v1/types.go; the words are those of Go's encoding/json.
 * @module
 */

import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { ownValue } from "../../../core/named_values.ts";

/** What Go calls a type, and of a list or map what its members have to be. */
interface GoType {
  readonly name: string;
  readonly json: "string" | "number" | "bool" | "array" | "object";
  readonly of?: GoType;
  /** Of a struct: what is checked of its fields. */
  readonly fields?: Readonly<Record<string, GoType>>;
}

const STRING: GoType = { name: "string", json: "string" };
const INT64: GoType = { name: "int64", json: "number" };
const BYTES: GoType = { name: "[]uint8", json: "string" };
const STRINGS = mapOf(STRING);

const OWNER: GoType = {
  name: "v1.OwnerReference",
  json: "object",
  fields: { apiVersion: STRING, kind: STRING, name: STRING },
};

const METADATA: GoType = {
  name: "v1.ObjectMeta",
  json: "object",
  fields: {
    annotations: STRINGS,
    creationTimestamp: STRING,
    deletionGracePeriodSeconds: INT64,
    deletionTimestamp: STRING,
    finalizers: listOf(STRING),
    generateName: STRING,
    generation: INT64,
    labels: STRINGS,
    managedFields: listOf({ name: "v1.ManagedFieldsEntry", json: "object" }),
    name: STRING,
    namespace: STRING,
    ownerReferences: listOf(OWNER),
    resourceVersion: STRING,
    uid: { name: "types.UID", json: "string" },
  },
};

const BOOL: GoType = { name: "bool", json: "bool" };
const OF_KIND: Readonly<Record<string, Readonly<Record<string, GoType>>>> = {
  configmaps: { data: STRINGS, binaryData: mapOf(BYTES), immutable: BOOL },
  secrets: {
    data: mapOf(BYTES),
    stringData: STRINGS,
    immutable: BOOL,
    type: { name: "v1.SecretType", json: "string" },
  },
};

function mapOf(of: GoType): GoType {
  return { name: `map[string]${of.name}`, json: "object", of };
}

function listOf(of: GoType): GoType {
  return { name: `[]${of.name}`, json: "array", of };
}

/** What the server says of the first value of a wrong type; undefined if there is none. */
export function typeComplaint(object: unknown, resource: ServedResource): string | undefined {
  if (isCustom(resource)) {
    const { metadata } = object as { metadata?: unknown };
    return complaintAbout(metadata, METADATA, { struct: "ObjectMeta", path: "" });
  }
  const top: GoType = { name: resource.kind, json: "object", fields: topFields(resource) };
  return complaintAbout(object, top, { struct: resource.kind, path: "" });
}

function topFields({ group, plural, kind, version, fields = [] }: ServedResource) {
  const parts = fields.filter((field) => field === "spec" || field === "status")
    .map((field): [string, GoType] => {
      const suffix = field === "spec" ? "Spec" : "Status";
      return [field, { name: `${version}.${kind}${suffix}`, json: "object" }];
    });
  return {
    metadata: METADATA,
    ...Object.fromEntries(parts),
    ...(group === "" ? ownValue(OF_KIND, plural) : {}),
  };
}

interface Place {
  /** The innermost struct, as Go names it. */
  readonly struct: string;
  readonly path: string;
}

function complaintAbout(value: unknown, type: GoType, place: Place): string | undefined {
  if (value === undefined || value === null) return undefined;
  const given = jsonTypeOf(value);
  if (given !== type.json) return mismatch(given, type, place);
  if (type === INT64 && !Number.isInteger(value)) return mismatch(`number ${value}`, type, place);
  if (type === BYTES) {
    const at = illegalBase64At(value as string);
    return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
  }
  const members = type.of === undefined
    ? Object.entries(type.fields ?? {}).map(([name, field]) => {
      const struct = type.name.slice(type.name.indexOf(".") + 1);
      const path = place.path === "" ? name : `${place.path}.${name}`;
      return [(value as Record<string, unknown>)[name], field, { struct, path }] as const;
    })
    : Object.values(value).map((member) => [member, type.of!, place] as const);
  return members.map(([member, of, at]) => complaintAbout(member, of, at))
    .find((complaint) => complaint !== undefined);
}

function mismatch(given: string, { name }: GoType, { struct, path }: Place): string {
  const where = path === "" ? "Go value" : `Go struct field ${struct}.${path}`;
  return `json: cannot unmarshal ${given} into ${where} of type ${name}`;
}

/** As encoding/json calls it. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

const COMPLETE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The index of the byte that Go names as illegal; undefined if the text is base64. Line ends do not
 * count. Source: RFC 4648, section 4; Go, encoding/base64.
 */
function illegalBase64At(text: string): number | undefined {
  const dense = text.replaceAll(/[\r\n]/g, "");
  if (COMPLETE.test(dense)) return undefined;
  const readable = /^[A-Za-z0-9+/]*/.exec(dense)![0].length;
  const inGroup = readable % 4;
  // It ends in the middle of a group: the group is to blame.
  if (readable === dense.length) return readable - inGroup;
  if (dense[readable] !== "=" || inGroup < 2) return readable;
  return inGroup === 2 && dense[readable + 1] === "=" ? readable + 2 : readable + 1;
}
