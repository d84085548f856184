/**
 * Which creates does the server refuse, and with which words?
 * @module
 */

import { badRequest, invalid, METHOD_NOT_ALLOWED, notFound, type Refusal } from "./refusal.ts";

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " +
  "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

export const REFUSED_CREATES: readonly Refusal[] = [
  {
    name: "a name that is taken",
    path: "CM",
    body: { metadata: { name: "taken" } },
    expects: {
      code: 409,
      reason: "AlreadyExists",
      message: 'configmaps "taken" already exists',
      details: { name: "taken", kind: "configmaps" },
    },
  },
  {
    name: "no name",
    path: "CM",
    body: { metadata: {} },
    expects: invalid("ConfigMap", {
      field: "metadata.name",
      reason: "FieldValueRequired",
      message: "Required value: name or generateName is required",
    }),
  },
  {
    name: "a name that is no host name",
    path: "CM",
    body: { metadata: { name: "A_b" } },
    expects: invalid("ConfigMap", {
      name: "A_b",
      field: "metadata.name",
      reason: "FieldValueInvalid",
      message: `Invalid value: "A_b": ${SUBDOMAIN}`,
    }),
  },
  {
    name: "another namespace than the path's",
    path: "CM",
    body: { metadata: { name: "b", namespace: "other" } },
    expects: badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    ),
  },
  {
    name: "another kind than the path's",
    path: "CM",
    body: { kind: "Secret", apiVersion: "v1", metadata: { name: "b" } },
    expects: badRequest(
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to ' +
        "(core.ConfigMap): unknown conversion",
    ),
  },
  {
    name: "another version than the path's",
    path: "CM",
    body: { kind: "ConfigMap", apiVersion: "v2", metadata: { name: "b" } },
    expects: badRequest(
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered ' +
        'for version "v2" in scheme "pkg/runtime/scheme.go:111"',
    ),
  },
  {
    name: "an empty body",
    path: "CM",
    body: "",
    expects: badRequest(
      "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; " +
        "json parse error: unexpected end of JSON input (<empty>)",
    ),
  },
  {
    name: "a namespace that does not exist",
    path: "/api/v1/namespaces/missing/configmaps",
    body: { metadata: { name: "b" } },
    expects: notFound("namespaces", "missing"),
  },
  {
    name: "a resourceVersion",
    path: "CM",
    body: { metadata: { name: "b", resourceVersion: "12" } },
    expects: { code: 500, message: "resourceVersion should not be set on objects to be created" },
  },
  {
    name: "a number where text belongs",
    path: "CM",
    body: { metadata: { name: "b" }, data: { a: 1 } },
    expects: badRequest(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into ' +
        "Go struct field ConfigMap.data of type string",
    ),
  },
  {
    name: "unknown fields, strictly",
    path: "CM?fieldValidation=Strict",
    body: { metadata: { name: "b", foo: 1 }, dat: {} },
    expects: badRequest(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field ' +
        '"metadata.foo", unknown field "dat"',
    ),
  },
  {
    name: "an unknown kind of dry run",
    path: "CM?dryRun=Some",
    body: { metadata: { name: "b" } },
    expects: invalid("CreateOptions", {
      group: "meta.k8s.io",
      field: "dryRun",
      reason: "FieldValueNotSupported",
      message: 'Unsupported value: ["Some"]: supported values: "All"',
    }),
  },
  {
    name: "an unknown field validation",
    path: "CM?fieldValidation=Foo",
    body: { metadata: { name: "b" } },
    expects: invalid("CreateOptions", {
      group: "meta.k8s.io",
      field: "fieldValidation",
      reason: "FieldValueNotSupported",
      message: 'Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn"',
    }),
  },
  {
    name: "a field manager that is too long",
    path: `CM?fieldManager=${"x".repeat(129)}`,
    body: { metadata: { name: "b" } },
    expects: invalid("CreateOptions", {
      group: "meta.k8s.io",
      field: "fieldManager",
      reason: "FieldValueTooLong",
      message: "Too long: may not be more than 128 bytes",
    }),
  },
  {
    name: "a namespace with a dot",
    path: "/api/v1/namespaces",
    body: { metadata: { name: "a.b" } },
    expects: invalid("Namespace", {
      name: "a.b",
      field: "metadata.name",
      reason: "FieldValueInvalid",
      message: 'Invalid value: "a.b": must not contain dots',
    }),
  },
  {
    name: "a name in the path",
    path: "CM/x",
    body: { metadata: { name: "x" } },
    expects: METHOD_NOT_ALLOWED,
  },
  {
    name: "no namespace in the path",
    path: "/api/v1/configmaps",
    body: { metadata: { name: "x" } },
    expects: METHOD_NOT_ALLOWED,
  },
].map((refusal) => ({ method: "POST", ...refusal, name: `a create with ${refusal.name}` }));
