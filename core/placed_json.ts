/**
 * JSON with the places of its values, for messages about files that people write.
 * Source of what is JSON: ECMA-404, as JSON.parse has it.
 * @module
 */

import { type DocumentNode, parse, type ValueNode } from "@humanwhocodes/momoa";

/** Where in the text, both from 1. */
export interface JsonPlace {
  readonly line: number;
  readonly column: number;
}

/** The text is no JSON. */
export class JsonError extends Error {
  override name = "JsonError";
  constructor(message: string, readonly place: JsonPlace) {
    super(message);
  }
}

export interface PlacedJson {
  readonly value: unknown;
  /** Of the value at these keys, or of the innermost one around it that is there. */
  placeOf(path: readonly PropertyKey[]): JsonPlace;
}

/** @throws {JsonError} */
export function readPlacedJson(text: string): PlacedJson {
  const document = documentOf(text);
  return {
    value: valueOf(text),
    placeOf: (path) => {
      let node: ValueNode = document.body;
      for (const key of path) {
        const next = childOf(node, key);
        if (next === undefined) break;
        node = next;
      }
      const { line, column } = node.loc.start;
      return { line, column };
    },
  };
}

/** Knows every place, and lets pass a few texts that are no JSON. */
function documentOf(text: string): DocumentNode {
  try {
    return parse(text, { mode: "json" });
  } catch (error) {
    const { line, column, message } = error as Error & Partial<JsonPlace>;
    if (line === undefined || column === undefined) throw error;
    throw new JsonError(message.replace(/ \(\d+:\d+\)$/, ""), { line, column });
  }
}

/** Knows all that is JSON, and few places. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const [, offset = String(text.length)] = / at position (\d+)/.exec(message) ?? [];
    throw new JsonError(
      message.replace(/ in JSON at position .*/, "."),
      placeAt(text, Number(offset)),
    );
  }
}

function placeAt(text: string, offset: number): JsonPlace {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

/** Of equal names the last one counts. */
function childOf(node: ValueNode, key: PropertyKey): ValueNode | undefined {
  if (node.type === "Array") return node.elements[Number(key)]?.value;
  if (node.type !== "Object") return undefined;
  return node.members.findLast(({ name }) => name.type === "String" && name.value === key)?.value;
}
