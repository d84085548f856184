/**
 * What of an object can a list be filtered and sorted by, and which objects does
 * `filter=metadata.namespace=a,metadata.name~b` choose? Text -> test. Commas are alternatives; the
 * parameter repeated means that all must hold.
 * Source: rancher/steve v0.10.2, pkg/stores/sqlpartition/queryparser, pkg/sqlcache/informer.
 * @module
 */

import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { Schema } from "./schema.ts";
import { SteveError } from "./steve_error.ts";

/** Undefined: the object does not have it. */
type ColumnReader = (object: KubeObject) => string | undefined;

const PLAIN: Readonly<Record<string, ColumnReader>> = {
  id: objectKey,
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.creationTimestamp": ({ metadata }) => metadata.creationTimestamp,
  "metadata.state.name": ({ metadata }) =>
    metadata.deletionTimestamp === undefined ? "active" : "removing",
};
const SHOWN = /^metadata\.fields\[(\d+)\]$/;
const LABEL = /^metadata\.labels(?:\.(.+)|\[(.+)\])$/;

function isLabel(name: string): boolean {
  return LABEL.test(name);
}

/** @throws {SteveError} 422 */
export function columnReader(name: string, schema: Schema): ColumnReader {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name]!;
  if (name === "metadata.namespace" && schema.resource.namespaced) {
    return ({ metadata }) => metadata.namespace;
  }
  if (name === "_type" && schema.id === "secret") return ({ type }) => String(type);
  const [, dotted, bracketed] = LABEL.exec(name) ?? [];
  const label = dotted ?? bracketed;
  if (label !== undefined) return ({ metadata }) => metadata.labels?.[label];
  const [, index] = SHOWN.exec(name) ?? [];
  if (index !== undefined && Number(index) < schema.columns.length) {
    return (object) => String(schema.cells(object, new Date(0))[Number(index)]);
  }
  throw new SteveError(
    "InvalidBodyContent",
    `column is invalid [${name}]: supplied column is invalid`,
  );
}

type ObjectTest = (object: KubeObject) => boolean;

type Compare = (value: string, wanted: readonly string[]) => boolean;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  "=": (value, [wanted]) => value === wanted,
  "==": (value, [wanted]) => value === wanted,
  "!=": (value, [wanted]) => value !== wanted,
  "~": (value, [wanted = ""]) => value.toLowerCase().includes(wanted.toLowerCase()),
  "!~": (value, [wanted = ""]) => !value.toLowerCase().includes(wanted.toLowerCase()),
  "<": (value, [wanted]) => Number(value) < Number(wanted),
  ">": (value, [wanted]) => Number(value) > Number(wanted),
  in: (value, wanted) => wanted.includes(value),
  notin: (value, wanted) => !wanted.includes(value),
};

/** A field, and unless only its being there is asked, an operator with one value or a list of them. */
const REQUIREMENT =
  /^\s*(!?)\s*([A-Za-z0-9_.\-/]+(?:\[[^\]]*\])*)\s*(?:(==|!=|!~|=|~|<|>)\s*("[^"]*"|'[^']*'|[^\s,]*)|(in|notin)\s*\(([^)]*)\))?\s*$/;

/** @throws {SteveError} 422 for a field that is no column, 500 for what cannot be read */
export function objectFilter(texts: readonly string[], schema: Schema): ObjectTest {
  const all = texts.map((text) => {
    const any = alternativesOf(text).map((one) => requirement(one, schema));
    return (object: KubeObject) => any.some((test) => test(object));
  });
  return (object) => all.every((test) => test(object));
}

function requirement(text: string, schema: Schema): ObjectTest {
  const [found, not, field, sign, value = "", word, list = ""] = REQUIREMENT.exec(text) ?? [];
  if (found === undefined || field === undefined) {
    const expected = "expected: !, identifier, or 'end of string'";
    throw new SteveError("ServerError", `found '${text.trim()[0] ?? ""}', ${expected}`);
  }
  const read: ColumnReader = columnReader(field, schema);
  if (sign === undefined && word === undefined) {
    if (!isLabel(field)) {
      const why = `existence tests are valid only for labels; not valid for field '${field}'`;
      throw new SteveError("ServerError", why);
    }
    return (object) => (read(object) !== undefined) === (not === "");
  }
  const compare = COMPARISONS[sign ?? word ?? ""]!;
  const wanted = word === undefined
    ? [unquoted(value)]
    : list.split(",").map((one) => unquoted(one.trim()));
  return (object) => compare(read(object) ?? "", wanted);
}

/** Split at the commas outside of parentheses, brackets and quotes. */
function alternativesOf(text: string): string[] {
  return text.match(/(?:\([^)]*\)|\[[^\]]*\]|"[^"]*"|'[^']*'|[^,])+/g) ?? [];
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}
