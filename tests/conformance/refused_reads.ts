/**
 * Which gets, lists and watches does the server refuse, and with which words?
 * @module
 */

import { badRequest, invalid, NO_SUCH_RESOURCE, notFound, type Refusal } from "./refusal.ts";

export const REFUSED_READS: readonly Refusal[] = [
  { name: "a get of what is not there", path: "CM/none", expects: notFound("configmaps", "none") },
  { name: "a kind that is not served", path: "/api/v1/foos", expects: NO_SUCH_RESOURCE },
  {
    name: "a version that is not served",
    path: "/apis/apps/v9/deployments",
    expects: NO_SUCH_RESOURCE,
  },
  { name: "a status of what has none", path: "CM/taken/status", expects: NO_SUCH_RESOURCE },
  {
    name: "a limit that is no number",
    path: "CM?limit=x",
    expects: badRequest('strconv.ParseInt: parsing "x": invalid syntax'),
  },
  {
    name: "a list from a resourceVersion that is no number",
    path: "CM?resourceVersion=x",
    expects: badRequest(
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": ' +
        "invalid syntax",
    ),
  },
  {
    name: "a watch from a resourceVersion that is no number",
    path: "CM?watch=1&resourceVersion=x",
    expects: {
      code: 500,
      message:
        'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    },
  },
  {
    name: "a match without a resourceVersion",
    path: "CM?resourceVersionMatch=Exact",
    expects: invalid("ListOptions", {
      group: "meta.k8s.io",
      field: "resourceVersionMatch",
      reason: "FieldValueForbidden",
      message: "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
    }),
  },
  {
    name: "an exact match of any version",
    path: "CM?resourceVersionMatch=Exact&resourceVersion=0",
    expects: invalid("ListOptions", {
      group: "meta.k8s.io",
      field: "resourceVersionMatch",
      reason: "FieldValueForbidden",
      message: 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    }),
  },
  {
    name: "initial events without a match",
    path: "CM?watch=1&sendInitialEvents=true",
    expects: invalid("ListOptions", {
      group: "meta.k8s.io",
      field: "resourceVersionMatch",
      reason: "FieldValueForbidden",
      message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    }),
  },
  {
    name: "a label selector that breaks off",
    path: "CM?labelSelector=a%20in%20(b",
    expects: badRequest("unable to parse requirement: found '', expected: ',' or ')'"),
  },
  {
    name: "a field that cannot be selected by",
    path: "CM?fieldSelector=foo=bar",
    expects: badRequest(
      '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
  },
  {
    name: "a field selector that is none",
    path: "CM?fieldSelector=metadata.name",
    expects: badRequest(
      "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
    ),
  },
  {
    name: "a list of a revision that is yet to come",
    path: "CM?resourceVersion=999999999",
    expects: {
      code: 504,
      reason: "Timeout",
      message: "Timeout: Too large resource version: 999999999, current: N",
      details: {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      },
    },
  },
];
