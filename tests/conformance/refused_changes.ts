/**
 * Which updates, patches and deletes does the server refuse, and with which words?
 * @module
 */

import { APPLY, JSON_PATCH, MERGE, STRATEGIC } from "./asking.ts";
import { badRequest, invalid, METHOD_NOT_ALLOWED, notFound, type Refusal } from "./refusal.ts";

export const REFUSED_UPDATES: readonly Refusal[] = [
  {
    name: "an update of what is not there",
    method: "PUT",
    path: "CM/none",
    body: { metadata: { name: "none", resourceVersion: "3" } },
    expects: notFound("configmaps", "none"),
  },
  {
    name: "an update with another name",
    method: "PUT",
    path: "CM/taken",
    body: { metadata: { name: "b" } },
    expects: badRequest("the name of the object (b) does not match the name on the URL (taken)"),
  },
  {
    name: "an update without a name",
    method: "PUT",
    path: "CM/taken",
    body: { metadata: {} },
    expects: badRequest(
      "the name of the object (taken based on URL) was undeterminable: name must be provided",
    ),
  },
  {
    name: "an update of an older state",
    method: "PUT",
    path: "CM/taken",
    body: { metadata: { name: "taken", resourceVersion: "3" } },
    expects: {
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "taken": the object has been modified; ' +
        "please apply your changes to the latest version and try again",
      details: { name: "taken", kind: "configmaps" },
    },
  },
  {
    name: "an update with a resourceVersion that is no number",
    method: "PUT",
    path: "CM/taken",
    body: { metadata: { name: "taken", resourceVersion: "abc" } },
    expects: { code: 500, message: 'strconv.ParseUint: parsing "abc": invalid syntax' },
  },
  {
    name: "a patch of what is not there",
    method: "PATCH",
    contentType: MERGE,
    path: "CM/none",
    body: { data: { a: "b" } },
    expects: notFound("configmaps", "none"),
  },
  {
    name: "a patch with an older resourceVersion",
    method: "PATCH",
    contentType: STRATEGIC,
    path: "CM/taken",
    body: { metadata: { resourceVersion: "1" } },
    expects: {
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "taken": the object has been modified; ' +
        "please apply your changes to the latest version and try again",
      details: { name: "taken", kind: "configmaps" },
    },
  },
  {
    name: "a patch of the name",
    method: "PATCH",
    contentType: MERGE,
    path: "CM/taken",
    body: { metadata: { name: "zz" } },
    expects: badRequest("the name of the object (zz) does not match the name on the URL (taken)"),
  },
  {
    name: "a patch of the namespace",
    method: "PATCH",
    contentType: MERGE,
    path: "CM/taken",
    body: { metadata: { namespace: "zz" } },
    expects: badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    ),
  },
  {
    name: "a patch of the uid",
    method: "PATCH",
    contentType: MERGE,
    path: "CM/taken",
    body: { metadata: { uid: "zz" } },
    expects: invalid("ConfigMap", {
      name: "taken",
      field: "metadata.uid",
      reason: "FieldValueInvalid",
      message: 'Invalid value: "zz": field is immutable',
    }),
  },
  {
    name: "a patch of no kind",
    method: "PATCH",
    contentType: "application/json",
    path: "CM/taken",
    body: { data: { a: "b" } },
    expects: {
      code: 415,
      reason: "UnsupportedMediaType",
      message: "415: Unsupported Media Type",
      details: {},
    },
  },
  {
    name: "a JSON patch whose test fails",
    method: "PATCH",
    contentType: JSON_PATCH,
    path: "CM/taken",
    body: [{ op: "test", path: "/metadata/name", value: "other" }],
    expects: {
      code: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
      details: {},
    },
  },
  {
    name: "an apply without a field manager",
    method: "PATCH",
    contentType: APPLY,
    path: "CM/taken",
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "taken" } },
    expects: invalid("PatchOptions", {
      group: "meta.k8s.io",
      field: "fieldManager",
      reason: "FieldValueRequired",
      message: "Required value: is required for apply patch",
    }),
  },
  {
    name: "force for what is no apply",
    method: "PATCH",
    contentType: MERGE,
    path: "CM/taken?force=true",
    body: {},
    expects: invalid("PatchOptions", {
      group: "meta.k8s.io",
      field: "force",
      reason: "FieldValueForbidden",
      message: "Forbidden: may not be specified for non-apply patch",
    }),
  },
];

export const REFUSED_DELETES: readonly Refusal[] = [
  {
    name: "a delete of what is not there",
    method: "DELETE",
    path: "CM/none",
    expects: notFound("configmaps", "none"),
  },
  {
    name: "a delete with an unknown propagation policy",
    method: "DELETE",
    path: "CM/taken",
    body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Foo" },
    expects: invalid("DeleteOptions", {
      group: "meta.k8s.io",
      field: "propagationPolicy",
      reason: "FieldValueNotSupported",
      message:
        'Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
    }),
  },
  {
    name: "a delete of an older state",
    method: "DELETE",
    path: "CM/taken",
    body: { preconditions: { uid: "zz" } },
    expects: {
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on ConfigMap "taken": the UID in the precondition (zz) ' +
        "does not match the UID in record (UID). The object might have been deleted and then recreated",
      details: { name: "taken", kind: "ConfigMap" },
    },
  },
  {
    name: "a delete of namespace default",
    method: "DELETE",
    path: "/api/v1/namespaces/default",
    expects: {
      code: 403,
      reason: "Forbidden",
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
      details: { name: "default", kind: "namespaces" },
    },
  },
  {
    name: "a deletecollection of namespaces",
    method: "DELETE",
    path: "/api/v1/namespaces",
    expects: METHOD_NOT_ALLOWED,
  },
  {
    name: "a deletecollection in all namespaces",
    method: "DELETE",
    path: "/api/v1/configmaps",
    expects: METHOD_NOT_ALLOWED,
  },
];
