/**
 * What several of these tests look things up in: resources by their name, tables of refusals, and the
 * long phrases that a real server's messages are made of.
 * @module
 */

import assert from "node:assert/strict";
import { resourceName } from "../../../kube/resource.ts";
import {
  BUILT_IN_RESOURCES,
  type ServedResource,
} from "../../../sandbox/kubernetes/discovery/resources.ts";

/** A custom resource of which no more is known than that it has spec and status. */
export const WIDGETS: ServedResource = {
  group: "parts.test",
  version: "v1",
  plural: "widgets",
  singular: "widget",
  kind: "Widget",
  listKind: "WidgetList",
  namespaced: true,
  shortNames: ["wd"],
  verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
  subresources: ["status"],
  categories: ["all"],
  fields: ["spec", "status"],
  selectableFields: ["spec.color"],
};

/** @param name as `configmaps`, `deployments.apps`, `widgets.parts.test` */
export function resourceOf(name: string): ServedResource {
  const found = [...BUILT_IN_RESOURCES, WIDGETS].find((one) => resourceName(one) === name);
  assert.ok(found, name);
  return found;
}

export interface Refusal {
  readonly resource: ServedResource;
  readonly body: string;
  readonly message: string;
}

/** @param table line by line a resource and a body, then indented what the server says of it */
export function refusalsOf(table: string): Refusal[] {
  const rows = [...table.matchAll(/^(\S+) (.*)\n {2}(.*)$/gm)];
  assert.equal(rows.length * 2, table.trim().split("\n").length);
  return rows.map(([, name, body, message]) => ({
    resource: resourceOf(name!),
    body: body!,
    message: message!,
  }));
}

export const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
export const QUALIFIED_NAME =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
export const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
export const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
export const CONFIG_KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
