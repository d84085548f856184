/**
 * Which rules does the data of a ConfigMap or a Secret break?
 * Source: kubernetes, pkg/apis/core/validation/validation.go.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { type Cause, invalid } from "./field_error.ts";
import { tooLong } from "./metadata_rules.ts";
import { byteLength, configKeyComplaints } from "./names.ts";
import type { ServedResource } from "../discovery/resources.ts";

/** Of all values together. */
const DATA_BYTES = 1024 * 1024;

type Data = Readonly<Record<string, string>>;

/** What is wrong, in the server's order; nothing for other kinds. */
export function dataCauses(object: KubeObject, { group, plural }: ServedResource): Cause[] {
  if (group !== "") return [];
  if (plural === "configmaps") return configMapCauses(object as ConfigMap);
  return plural === "secrets" ? secretCauses(object as Secret) : [];
}

type ConfigMap = KubeObject & { readonly data?: Data; readonly binaryData?: Data };

function configMapCauses({ data = {}, binaryData = {} }: ConfigMap): Cause[] {
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
function secretCauses({ data = {}, stringData = {} }: Secret): Cause[] {
  const written = Object.fromEntries(
    Object.entries(data).filter(([key]) => !Object.hasOwn(stringData, key)),
  );
  const sizeBytes = sumOf(written, decodedLength) + sumOf(stringData, byteLength);
  return [
    ...Object.keys({ ...data, ...stringData }).flatMap((key) => keyCauses("data", key)),
    ...(sizeBytes > DATA_BYTES ? [tooLong("data", DATA_BYTES)] : []),
  ];
}

function keyCauses(field: string, key: string): Cause[] {
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
