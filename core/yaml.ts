/**
 * The one reader and the one writer of YAML. Reads as kubectl does (core/yaml_scalar.ts), with places
 * for messages; writes what readers of YAML 1.1 and of 1.2 take for the same.
 * Source: sigs.k8s.io/yaml v1.6.0 (YAMLToJSON) and go.yaml.in/yaml/v2 v2.4.2 (decode.go).
 * @module
 */

import {
  type Alias,
  Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { resolvePlain } from "./yaml_scalar.ts";

export type { Node as YamlNode };

/** Where in the text, both from 1. */
interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

/** The text is no YAML, or says what JSON cannot. Never quotes the text, which may be secret. */
export class YamlError extends Error {
  override name = "YamlError";
  constructor(message: string, readonly place: YamlPlace) {
    super(message);
  }
}

/** One document of a text. */
export interface YamlDocument {
  /** Its scalars hold their texts; {@link YamlDocument.valueOf} says what they mean. */
  readonly root: Node | null;
  placeOf(node: unknown): YamlPlace;
  /**
   * The value as JSON could have it; texts that are keys, whatever they look like.
   * @throws {YamlError} for keys that are no scalars, numbers that JSON does not have, and aliases
   * without their anchor, within it, or too many
   */
  valueOf(node: Node | null): unknown;
}

/**
 * The documents of a text that are not empty.
 * @throws {YamlError} for the first that is no YAML, or has a key twice in one mapping
 */
export function readYamlDocuments(text: string): YamlDocument[] {
  const { documents, lines } = parsed(text, { uniqueKeys: true });
  return documents.map((one) => placed(one, lines)).filter(({ root }) => root !== null);
}

/**
 * The first document, whatever follows it, as kubectl has it; undefined for none. Of equal keys the
 * last one counts.
 * @throws {YamlError}
 */
export function readYaml(text: string): unknown {
  const { documents: [first], lines } = parsed(text, { uniqueKeys: false });
  if (first === undefined) return undefined;
  const document = placed(first, lines);
  return document.valueOf(document.root);
}

function parsed(
  text: string,
  { uniqueKeys }: { uniqueKeys: boolean },
): { documents: readonly Document[]; lines: LineCounter } {
  const lines = new LineCounter();
  const all = parseAllDocuments(text, {
    lineCounter: lines,
    // Every scalar stays a text, which resolvePlain then reads.
    schema: "failsafe",
    uniqueKeys,
    prettyErrors: false,
    logLevel: "error",
  });
  // Without a document it is a list all the same, with more on it.
  return { documents: [...all] as Document[], lines };
}

/** @throws {YamlError} */
function placed(document: Document, lines: LineCounter): YamlDocument {
  const [broken] = document.errors;
  const whole = new PlacedDocument(document, lines);
  if (broken === undefined) return whole;
  throw new YamlError(broken.message, whole.place(broken.pos[0]));
}

/** Values that aliases may add: kubectl takes more of them, but no file that was meant has so many. */
const MOST_BY_ALIAS = 100_000;

class PlacedDocument implements YamlDocument {
  readonly root: Node | null;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #within = new Set<Node>();
  #byAlias = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
    // An empty document has a scalar without a text.
    this.root = isScalar(document.contents) && document.contents.source === ""
      ? null
      : document.contents as Node | null;
  }

  place(offset: number): YamlPlace {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  placeOf(node: unknown): YamlPlace {
    return this.place((node as Node | null | undefined)?.range?.[0] ?? 0);
  }

  valueOf(node: Node | null): unknown {
    if (node === null) return null;
    if (isAlias(node)) return this.#aliased(node);
    if (this.#within.size > 0 && ++this.#byAlias > MOST_BY_ALIAS) {
      throw this.#error("its aliases make too much of it", node);
    }
    if (isScalar(node)) return this.#scalar(node);
    if (isMap(node)) return this.#mapping(node);
    if (!isCollection(node)) return null;
    return node.items.map((item) => this.valueOf(item as Node | null));
  }

  #error(message: string, node: unknown): YamlError {
    return new YamlError(message, this.placeOf(node));
  }

  #aliased(alias: Alias): unknown {
    const node = alias.resolve(this.#document) as Node | undefined;
    if (node === undefined) throw this.#error("an alias has no anchor before it", alias);
    if (this.#within.has(node)) throw this.#error("an anchor holds its own alias", alias);
    this.#within.add(node);
    const value = this.valueOf(node);
    this.#within.delete(node);
    return value;
  }

  #scalar(node: Scalar): unknown {
    const { type, tag } = node;
    const text = node.source ?? String(node.value ?? "");
    const kind = tag?.replace(/^tag:yaml\.org,2002:/, "");
    if (kind === "str" || (tag === undefined && isQuoted(type))) return text;
    if (kind === "binary") return decodedBinary(text) ?? text;
    const value = resolvePlain(text);
    if (typeof value === "bigint") return Number(value);
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw this.#error(`${value} is no number that JSON has`, node);
    }
    return value;
  }

  #mapping(map: YAMLMap): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) entries.push(...Object.entries(this.#merged(value as Node)));
      else entries.push([this.#key(key), this.valueOf(value as Node | null)]);
    }
    // fromEntries, because an assignment to a key such as __proto__ is none.
    return Object.fromEntries(entries);
  }

  #merged(node: Node): Record<string, unknown> {
    const source = isAlias(node) ? node.resolve(this.#document) : node;
    if (isMap(source)) return this.valueOf(node) as Record<string, unknown>;
    const parts = source !== undefined && isCollection(source) ? source.items as Node[] : [];
    if (parts.length === 0) throw this.#error("<< takes a mapping, or a list of them", node);
    // The first of a list counts most.
    return Object.assign({}, ...parts.toReversed().map((part) => this.#merged(part)));
  }

  #key(node: unknown): string {
    const scalar = isAlias(node) ? node.resolve(this.#document) : node;
    if (isScalar(scalar)) {
      const value = this.#scalar(scalar);
      if (value !== null) return String(value);
    }
    throw this.#error("a key must be a text", node);
  }
}

function isQuoted(type: Scalar["type"]): boolean {
  return type !== undefined && type !== "PLAIN";
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && !isQuoted(key.type);
}

function decodedBinary(base64: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(base64.replace(/\s/g, "")));
  } catch {
    return undefined;
  }
}

/**
 * The value as YAML. Texts that a reader of any version would take for something else are quoted.
 * @param edit may add comments and styles before it is written
 */
export function writeYaml(
  value: unknown,
  { edit = () => {}, ...style }: {
    readonly edit?: (document: Document) => void;
    readonly lineWidth?: number;
    readonly flowCollectionPadding?: boolean;
  } = {},
): string {
  const document = new Document(value, {
    version: "1.1",
    aliasDuplicateObjects: false,
    merge: false,
    customTags: (tags) => [EXPONENT, ...tags],
  });
  visit(document, {
    Scalar: (_, scalar) => {
      const { value } = scalar;
      if (typeof value === "string" && (isMistakable(value) || hasBlankLine(value))) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  edit(document);
  return document.toString(style);
}

/** By Go's reader; the library knows of those of YAML 1.1 itself. `=` has a meaning there, too. */
function isMistakable(text: string): boolean {
  return resolvePlain(text) !== text || text === "=" || text === "<<";
}

/** In a block such a line is taken for indentation, and its blanks are lost. */
function hasBlankLine(text: string): boolean {
  return /^[ \t]+$/m.test(text);
}

/** YAML 1.1 takes a number with an exponent for a text unless it has a point and a sign. */
const EXPONENT = {
  tag: "tag:yaml.org,2002:float",
  default: true as const,
  test: /(?!)/,
  resolve: (text: string) => text,
  identify: (value: unknown) => typeof value === "number" && String(value).includes("e"),
  stringify: ({ value }: { value?: unknown }) => String(value).replace(/^(-?\d+)e/, "$1.0e"),
};
