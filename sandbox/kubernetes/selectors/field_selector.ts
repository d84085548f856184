/**
 * Which objects does a field selector choose, and which fields does a kind let be selected by?
 * `metadata.name=a,status.phase!=Running`.
 * Source: apimachinery, pkg/fields/selector.go; the fields of each kind as kube-apiserver 1.36.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { BadSelectorError } from "./label_selector.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { ownValue } from "../../../core/named_values.ts";

interface Term {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** Each with the value that stands for an absent one. */
type Fields = Readonly<Record<string, string>>;

const NAMESPACED: Fields = { "metadata.name": "", "metadata.namespace": "" };

/** Of the kinds that have more, or less; any other has those of NAMESPACED, cluster-scoped or not. */
const FIELDS: Readonly<Record<string, Fields>> = {
  events: {
    ...NAMESPACED,
    ...Object.fromEntries(
      ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]
        .map((field) => [`involvedObject.${field}`, ""]),
    ),
    reason: "",
    reportingComponent: "",
    source: "",
    type: "",
  },
  "jobs.batch": { ...NAMESPACED, "status.successful": "0" },
  namespaces: { "metadata.name": "", "status.phase": "" },
  nodes: { "metadata.name": "", "spec.unschedulable": "false" },
  pods: {
    ...NAMESPACED,
    "spec.nodeName": "",
    "spec.restartPolicy": "",
    "spec.schedulerName": "",
    "spec.serviceAccountName": "",
    "spec.hostNetwork": "false",
    "status.phase": "",
    "status.podIP": "",
    "spec.host": "",
    "status.podIPs": "",
    "status.nominatedNodeName": "",
  },
  secrets: { ...NAMESPACED, type: "" },
  services: { ...NAMESPACED, "spec.clusterIP": "", "spec.type": "" },
};

/** Where a field is not found under its own name. */
const READERS: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  "spec.host": (object) => at(object, "spec.nodeName"),
  "status.successful": (object) => at(object, "status.succeeded"),
  "status.podIP": (object) => at(object, "status.podIPs.0.ip") ?? at(object, "status.podIP"),
  // Taken by the server, which then finds no value for it in any pod.
  "status.podIPs": () => undefined,
  source: (object) => at(object, "source.component") || at(object, "reportingComponent"),
};

interface FieldSelectorOptions {
  /** Whose objects are selected: it decides which fields there are. */
  readonly resource: ServedResource;
}

/**
 * Whether an object is chosen. An empty selector chooses all.
 * @throws {BadSelectorError} with the server's words
 */
export function fieldSelector(
  text: string,
  { resource }: FieldSelectorOptions,
): (object: KubeObject) => boolean {
  const fields = fieldsOf(resource);
  const terms = termsOf(text);
  for (const { field } of terms) {
    if (!Object.hasOwn(fields, field)) throw new BadSelectorError(unknownField(field, resource));
  }
  return (object) =>
    terms.every(({ field, isEqual, value }) =>
      (valueOf(object, field, fields) === value) === isEqual
    );
}

/** As text, whatever it is in the object. */
function valueOf(object: KubeObject, field: string, fields: Fields): string {
  const value = Object.hasOwn(READERS, field) ? READERS[field]!(object) : at(object, field);
  return value === undefined || value === null ? fields[field]! : String(value);
}

function at(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, name) =>
      value instanceof Object && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    object,
  );
}

function fieldsOf(resource: ServedResource): Fields {
  const { selectableFields = [] } = resource;
  return ownValue(FIELDS, resourceName(resource)) ??
    { ...NAMESPACED, ...Object.fromEntries(selectableFields.map((field) => [field, ""])) };
}

function unknownField(field: string, resource: ServedResource): string {
  const { plural, kind } = resource;
  if (plural === "jobs") return `field label ${goQuote(field)} not supported for ${kind}`;
  if (isCustom(resource) || Object.hasOwn(FIELDS, resourceName(resource))) {
    return `field label not supported: ${field}`;
  }
  const known = Object.keys(NAMESPACED).map(goQuote).join(", ");
  return `${goQuote(field)} is not a known field selector: only ${known}`;
}

/** In the order in which the server complains about them. */
function termsOf(text: string): Term[] {
  const parts = text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
  return parts.sort().map((part) => {
    const [, field, operator, value] = /^(.*?)(!=|==|=)(.*)$/s.exec(part) ?? [];
    if (operator === undefined) {
      throw new BadSelectorError(`invalid selector: '${text}'; can't understand '${part}'`);
    }
    return { field: field!, isEqual: operator !== "!=", value: unescaped(value!) };
  });
}

/** A backslash stands before a comma, an equals sign or a backslash that belongs to the value. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(.?)|[,=]/gsu, (sequence, character?: string) => {
    if (character === undefined) {
      throw new BadSelectorError(
        `invalid field selector: unescaped character in value: ${sequence.charCodeAt(0)}`,
      );
    }
    if (["\\", ",", "="].includes(character)) return character;
    throw new BadSelectorError(
      `invalid field selector: invalid escape sequence: ${sequence}`,
    );
  });
}
