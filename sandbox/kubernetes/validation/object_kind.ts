/**
 * Is a request's body an object of the kind and version that its URL says, and if not, in which words
 * is it refused?
 * Source: apimachinery, pkg/runtime/serializer; the words as kube-apiserver 1.36 answers them.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import { InvalidError } from "./field_error.ts";
import { jsonTypeOf } from "./field_types.ts";
import { BUILT_IN_RESOURCES, isCustom, type ServedResource } from "../discovery/resources.ts";

/** Groups whose servers know no kinds but their own. */
const OWN_SCHEMES = ["apiextensions.k8s.io", "wardle.example.com"];
const TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const SUMMARY_BYTES = 30;

interface BodyOptions {
  /** What the URL asks for. */
  readonly resource: ServedResource;
  /** The request's body, to be shown. */
  readonly body: string;
  /** How an object of the wrong kind is refused. */
  readonly refuse: Refuse;
}

/** Words the refusal of an object that says this of itself. */
export type Refuse = (why: string, given: TypeMeta) => InvalidError;

interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * The value of a JSON body. Of the errors of Go's parser only the most common is worded alike.
 * @throws {InvalidError} if it is no JSON
 */
export function parsedBody(options: Omit<BodyOptions, "refuse">): unknown {
  try {
    return JSON.parse(options.body);
  } catch (thrown) {
    const { message } = thrown as SyntaxError;
    const isCut = message === "Unexpected end of JSON input";
    const said = isCut ? "unexpected end of JSON input" : message;
    throw unrecognized(`couldn't get version/kind; json parse error: ${said}`, options);
  }
}

/**
 * The object with apiVersion and kind, which a kind that the server was built with may leave out.
 * @throws {InvalidError} if it is no object or one of another kind or version
 */
export function typedObject(value: unknown, options: BodyOptions): KubeObject {
  const { resource } = options;
  const { apiVersion, kind } = typeMetaOf(value, options);
  if (isCustom(resource)) {
    requireCustom({ apiVersion, kind }, options);
    return value as KubeObject;
  }
  const expected = apiVersionOf(resource);
  const given = { apiVersion: apiVersion || expected, kind: kind || resource.kind };
  if (given.apiVersion.split("/").length > 2) {
    throw unrecognized(`unexpected GroupVersion string: ${given.apiVersion}`, options);
  }
  if (given.apiVersion !== expected || given.kind !== resource.kind) {
    throw options.refuse(whyNot(given, resource), given);
  }
  return { ...value as KubeObject, ...given };
}

/** `Secret in version "v1" cannot be handled as a ConfigMap: ...` */
export function cannotHandle(
  { kind: expected }: ServedResource,
  { apiVersion, kind, why }: TypeMeta & { readonly why: string },
): InvalidError {
  const version = goQuote(apiVersion.split("/").at(-1)!);
  return InvalidError.badRequest(
    `${kind} in version ${version} cannot be handled as a ${expected}: ${why}`,
  );
}

function typeMetaOf(value: unknown, options: BodyOptions): TypeMeta {
  const type = jsonTypeOf(value);
  if (type === "null") return { apiVersion: "", kind: "" };
  if (type !== "object") {
    throw unrecognized(cannotUnmarshal(type, `value of type ${TYPE_META}`), options);
  }
  const { apiVersion = "", kind = "" } = value as { apiVersion?: unknown; kind?: unknown };
  for (const [name, text] of Object.entries({ apiVersion, kind })) {
    if (typeof text === "string" || text === null) continue;
    const where = `struct field .${name} of type string`;
    throw unrecognized(cannotUnmarshal(jsonTypeOf(text), where), options);
  }
  return { apiVersion: String(apiVersion ?? ""), kind: String(kind ?? "") };
}

function cannotUnmarshal(type: string, where: string): string {
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go ${where}`;
}

/** A custom resource's kind is compared later, with its fields. */
function requireCustom({ apiVersion, kind }: TypeMeta, options: BodyOptions): void {
  const { resource } = options;
  if (kind === "") throw unrecognized(`Object 'Kind' is missing in '${options.body}'`, options);
  const expected = apiVersionOf(resource);
  if (apiVersion === expected) return;
  throw InvalidError.badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
  );
}

function whyNot({ apiVersion, kind }: TypeMeta, resource: ServedResource): string {
  const isKnown = BUILT_IN_RESOURCES.some((known) =>
    apiVersionOf(known) === apiVersion && (known.kind === kind || known.listKind === kind) &&
    schemeOf(known) === schemeOf(resource)
  );
  if (!isKnown) {
    return `no kind ${goQuote(kind)} is registered for version ${
      goQuote(apiVersion)
    } in scheme "pkg/runtime/scheme.go:111"`;
  }
  const version = apiVersion.split("/").at(-1)!;
  const packageName = resource.group === "" ? "core" : resource.group.split(".")[0]!;
  return `converting (${version}.${kind}) to (${packageName}.${resource.kind}): unknown conversion`;
}

function schemeOf({ group }: ServedResource): string {
  return OWN_SCHEMES.includes(group) ? group : "";
}

function unrecognized(why: string, { resource, body }: Omit<BodyOptions, "refuse">): InvalidError {
  return InvalidError.badRequest(
    `the object provided is unrecognized (must be of type ${resource.kind}): ${why} (${
      summary(body)
    })`,
  );
}

/** The beginning of a body; what does not look like an object in hexadecimal. */
function summary(body: string): string {
  const bytes = new TextEncoder().encode(body);
  if (bytes.length === 0) return "<empty>";
  const shown = bytes.subarray(0, SUMMARY_BYTES);
  const rest = bytes.length > SUMMARY_BYTES ? " ..." : "";
  if (body.startsWith("{")) return new TextDecoder().decode(shown) + rest;
  return Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join("") + rest;
}
