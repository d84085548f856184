/**
 * Does the server take an object, and what does it say of one that it does not take? Checks what all
 * kinds have in common, the data of ConfigMaps and Secrets, and of custom kinds what their definition
 * says; the spec of other kinds is not looked into. Stores nothing and generates no names.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { pruned } from "./pruning.ts";
import { schemaCauses } from "./schema_rules.ts";
import { type FieldCause, invalid, InvalidError } from "./field_error.ts";
import { typeComplaint } from "./field_types.ts";
import { type FullMeta, metadataCauses, tooLong } from "./metadata_rules.ts";
import { byteLength, configKeyComplaints } from "./names.ts";
import { cannotHandle, type Refuse, typedObject } from "./object_kind.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { strictComplaints, withoutUnknown } from "./strict_fields.ts";

export { InvalidError } from "./field_error.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

interface DecodeOptions {
  readonly resource: ServedResource;
  /** Of the URL; undefined for a cluster-scoped resource. */
  readonly namespace: string | undefined;
  /** Warn if the request does not say. */
  readonly fieldValidation: FieldValidation;
  /** The JSON text that the object was parsed from: repeated names are found in it only. */
  readonly body?: string;
}

/** What the server makes of a body. */
interface Decoded {
  /** With apiVersion, kind and the URL's namespace, without fields that its kind does not have. */
  readonly object: KubeObject;
  /** Each goes into a Warning header of its own, with code 299. */
  readonly warnings: readonly string[];
}

/**
 * Reads what a request has for an object; before names are generated.
 * @throws {InvalidError} 400 with the server's words
 */
export function decoded(value: unknown, options: DecodeOptions): Decoded {
  const { resource } = options;
  const body = options.body ?? JSON.stringify(value) ?? "";
  return read(value, {
    ...options,
    body: () => body,
    complaints: () => strictComplaints(body, resource),
    refuse: (why, given) => cannotHandle(resource, { ...given, why }),
  });
}

/**
 * Reads what a patch has made of an object.
 * @param options.body the patch itself, if it is JSON that looks like an object
 * @throws {InvalidError} 400 for a wrong namespace, else 422, with the server's words
 */
export function decodedPatch(value: KubeObject, options: DecodeOptions): Decoded {
  const { resource, body: patch = "{}" } = options;
  const body = () => JSON.stringify(Object.fromEntries(Object.entries(value).sort()));
  const isRepetition = (complaint: string) => complaint.startsWith("duplicate");
  return read(value, {
    ...options,
    body,
    complaints: () => [
      ...strictComplaints(patch, resource).filter(isRepetition),
      ...strictComplaints(body(), resource),
    ],
    refuse: (why) => InvalidError.invalid(NO_SUBJECT, [invalid("patch", body(), why)]),
  });
}

/** The server does not say which object a patch has made unreadable. */
const NO_SUBJECT = { group: "", kind: "", name: "" };

interface ReadOptions extends Omit<DecodeOptions, "body"> {
  /** To be shown. */
  readonly body: () => string;
  /** About fields that are not known, or come twice; looked for where somebody wants to know. */
  readonly complaints: () => readonly string[];
  readonly refuse: Refuse;
}

function read(value: unknown, options: ReadOptions): Decoded {
  const { resource, namespace, fieldValidation, body, refuse } = options;
  const whole = typedObject(value, {
    resource,
    refuse,
    get body() {
      return body();
    },
  });
  const { object, dropped } = pruned(whole, resource.schema);
  const { apiVersion = "", kind = "" } = object;
  const wrongType = typeComplaint(object, resource);
  if (wrongType !== undefined) throw refuse(wrongType, { apiVersion, kind });
  const warnings = fieldValidation === "Ignore" ? [] : [
    ...options.complaints(),
    ...dropped.map((field) => `unknown field ${goQuote(field)}`),
  ];
  if (fieldValidation === "Strict" && warnings.length > 0) {
    throw refuse(`strict decoding error: ${warnings.join(", ")}`, { apiVersion, kind });
  }
  return {
    object: inNamespace(withoutUnknown(object, resource), { resource, namespace }),
    warnings,
  };
}

/**
 * Checks an object that is about to be stored; after names are generated.
 * @throws {InvalidError} 422 with the server's words
 */
export function requireValid(object: KubeObject, resource: ServedResource): void {
  const metadata: FullMeta = object.metadata;
  const causes: FieldCause[] = [
    ...kindCauses(object, resource),
    ...metadataCauses(metadata, resource),
    ...dataCauses(object, resource),
    ...schemaCauses(object, resource.schema),
  ];
  if (causes.length === 0) return;
  const kind = object.kind ?? resource.kind;
  throw InvalidError.invalid({ group: resource.group, kind, name: metadata.name ?? "" }, causes);
}

function kindCauses({ kind }: KubeObject, resource: ServedResource): FieldCause[] {
  return kind === resource.kind ? [] : [invalid("kind", kind, `must be ${resource.kind}`)];
}

function inNamespace(
  object: KubeObject,
  { resource, namespace = "" }: { resource: ServedResource; namespace: string | undefined },
): KubeObject {
  const { namespace: given = "", ...metadata } = object.metadata;
  if (!resource.namespaced) return { ...object, metadata };
  if (given !== "" && given !== namespace) {
    throw InvalidError.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  return { ...object, metadata: { ...metadata, namespace } };
}

/** Of all values together. */
const DATA_BYTES = 1024 * 1024;

type Data = Readonly<Record<string, string>>;

/**
 * What is wrong with the data of a ConfigMap or a Secret, in the server's order; nothing for other kinds.
 * Source: kubernetes, pkg/apis/core/validation/validation.go.
 */
function dataCauses(object: KubeObject, { group, plural }: ServedResource): FieldCause[] {
  if (group !== "") return [];
  if (plural === "configmaps") return configMapCauses(object as ConfigMap);
  return plural === "secrets" ? secretCauses(object as Secret) : [];
}

type ConfigMap = KubeObject & { readonly data?: Data; readonly binaryData?: Data };

function configMapCauses({ data = {}, binaryData = {} }: ConfigMap): FieldCause[] {
  const sizeBytes = sumOf(data, byteLength) + sumOf(binaryData, decodedLength);
  return [
    ...Object.keys(data).flatMap((key) => [
      ...keyCauses("data", key),
      ...(Object.hasOwn(binaryData, key)
        ? [invalid(`data[${key}]`, key, "duplicate of key present in binaryData")]
        : []),
    ]),
    ...Object.keys(binaryData).flatMap((key) => keyCauses("binaryData", key)),
    // The server means the whole object and names no field.
    ...(sizeBytes > DATA_BYTES ? [tooLong("[]", DATA_BYTES)] : []),
  ];
}

type Secret = KubeObject & { readonly data?: Data; readonly stringData?: Data };

/** stringData is written over data before anything is checked. */
function secretCauses({ data = {}, stringData = {} }: Secret): FieldCause[] {
  const written = Object.fromEntries(
    Object.entries(data).filter(([key]) => !Object.hasOwn(stringData, key)),
  );
  const sizeBytes = sumOf(written, decodedLength) + sumOf(stringData, byteLength);
  return [
    ...Object.keys({ ...data, ...stringData }).flatMap((key) => keyCauses("data", key)),
    ...(sizeBytes > DATA_BYTES ? [tooLong("data", DATA_BYTES)] : []),
  ];
}

function keyCauses(field: string, key: string): FieldCause[] {
  return configKeyComplaints(key).map((said) => invalid(`${field}[${key}]`, key, said));
}

function sumOf(data: Data, lengthOf: (value: string) => number): number {
  return Object.values(data).reduce((sum, value) => sum + lengthOf(value), 0);
}

/** Bytes that a base64 text stands for. */
function decodedLength(text: string): number {
  const digits = text.replaceAll(/[^A-Za-z0-9+/]/g, "").length;
  return Math.floor(digits * 3 / 4);
}
