/** Which Gateway, as users name it: `namespace/name`. @module */

import type { ObjectRef } from "../object.ts";

/** Of an object, as a part of a regular expression. */
export const OBJECT_NAME = "[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?";
/** `namespace/name`. */
export const OBJECT_REF = new RegExp(`^(${OBJECT_NAME})/(${OBJECT_NAME})$`);

/** A Gateway. */
export type GatewayRef = Required<ObjectRef>;

/** @param of what, for the message @throws {SyntaxError} if it is no `namespace/name` */
export function parseGatewayRef(text: string, of = "a Gateway"): GatewayRef {
  const [, namespace, name] = OBJECT_REF.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw new SyntaxError(`must be NAMESPACE/NAME of ${of}, not "${text}"`);
}

/** `namespace/name`: also the value of the tag `gateway`. */
export function formatGatewayRef({ namespace, name }: GatewayRef): string {
  return `${namespace}/${name}`;
}
