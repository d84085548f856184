/**
 * Which fields does a JSON text have, in its own order and with those that JSON.parse loses: a name
 * that comes twice in one object? Takes the text to be valid JSON.
 * @module
 */

/** One name in one object. */
export interface JsonField {
  /** Names and list indexes from the top. */
  readonly path: readonly (string | number)[];
  /** The object has had this name before. */
  readonly isRepeated: boolean;
}

/** An object or a list that is being read. */
interface Frame {
  readonly path: readonly (string | number)[];
  /** Of an object; undefined: it is a list. */
  readonly names: Set<string> | undefined;
  /** Of a list: the member that is being read. */
  index: number;
  /** Of an object: the name whose value is being read; undefined while a name is due. */
  name: string | undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;

/** Every field of every object, outer ones before those inside them. */
export function* jsonFields(text: string): Generator<JsonField, void> {
  const open: Frame[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const frame = open.at(-1);
    if (token === "{" || token === "[") {
      const names = token === "{" ? new Set<string>() : undefined;
      open.push({ path: pathIn(frame), names, index: 0, name: undefined });
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ",") {
      frame!.index++;
      frame!.name = undefined;
    } else if (frame?.names !== undefined && frame.name === undefined) {
      frame.name = JSON.parse(token) as string;
      yield { path: pathIn(frame), isRepeated: frame.names.has(frame.name) };
      frame.names.add(frame.name);
    }
  }
}

function pathIn(frame: Frame | undefined): (string | number)[] {
  if (frame === undefined) return [];
  return [...frame.path, frame.names === undefined ? frame.index : frame.name!];
}

/** `spec.containers[0].name` */
export function pathText(path: JsonField["path"]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("").slice(1);
}
