/**
 * What does each object of a run look like when the user says so? A YAML manifest with placeholders
 * in its strings, read once and filled in for every object. Placeholders are found in the parsed
 * strings, never in the YAML, so that no value can change the structure.
 * @module
 */

import { isCollection, isMap, isScalar } from "yaml";
import { UsageError } from "../core/errors.ts";
import { didYouMean } from "../core/nearest.ts";
import { readYamlDocuments, type YamlDocument, YamlError, type YamlNode } from "../core/yaml.ts";
import type { KubeObject } from "../kube/object.ts";

/** What the placeholders stand for in one object. */
export interface TemplateValues {
  /** `{{.RunID}}` */
  readonly runId: string;
  /** `{{.Name}}`, and the object's name in any case. */
  readonly name: string;
  /** `{{.Namespace}}`, and the object's namespace; undefined for a cluster-scoped kind. */
  readonly namespace?: string;
  /** `{{.Index}}`: the object's number in the run. */
  readonly index: number;
  /** `{{.Timestamp}}`: when the object is sent, in whichever form the driver writes times. */
  readonly timestamp: string;
}

interface ObjectTemplate {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object for these values. Parts without a placeholder are shared by all, and frozen. */
  make(values: TemplateValues): KubeObject;
}

type FillText = (values: TemplateValues) => string;

const PLACEHOLDERS: ReadonlyMap<string, FillText> = new Map<string, FillText>([
  ["{{.RunID}}", ({ runId }) => runId],
  ["{{.Name}}", ({ name }) => name],
  ["{{.Namespace}}", ({ namespace = "" }) => namespace],
  ["{{.Index}}", ({ index }) => String(index)],
  ["{{.Timestamp}}", ({ timestamp }) => timestamp],
]);
const IN_QUOTES = 'a placeholder must stand in quotes, as in "{{.Name}}"';
const PLACEHOLDER = /\{\{(.*?)\}\}/gs;

/**
 * @throws {UsageError} of one line, with the template's line where there is one: bad YAML, none or
 * several documents, no apiVersion or kind, a status, an unknown placeholder
 */
export function parseTemplate(text: string): ObjectTemplate {
  const manifest = new Manifest(text);
  const root = manifest.value;
  const { apiVersion, kind } = requireHead(root, manifest);
  const { metadata, ...rest } = root;
  const fillRest = compile(rest, { path: [], manifest });
  const fillMetadata = compile(metadataBesideName(metadata, manifest), {
    path: ["metadata"],
    manifest,
  });
  return {
    apiVersion,
    kind,
    make(values) {
      const { name, namespace } = values;
      const place = namespace === undefined ? { name } : { name, namespace };
      const further = fillMetadata(values) as KubeObject["metadata"];
      return { ...fillRest(values) as object, metadata: { ...place, ...further } };
    },
  };
}

type Path = readonly string[];
type Mapping = Record<string, unknown>;

/** The one document of a template, and where in the text its parts are. */
class Manifest {
  readonly value: Mapping;
  readonly #document: YamlDocument;

  constructor(text: string) {
    try {
      const [first, second] = readYamlDocuments(text);
      if (first === undefined) throw unusable("it is empty; expected one object");
      this.#document = first;
      if (second !== undefined) {
        const { line } = second.placeOf(second.root);
        throw unusable("it holds several documents; expected one object", line);
      }
      if (!isMap(first.root)) throw this.#unusableAt(first.root, "expected one object, a mapping");
      this.value = first.valueOf(first.root) as Mapping;
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      const { line } = error.place;
      throw unusable(error.message + quotesHint(text.split("\n")[line - 1] ?? ""), line);
    }
  }

  /** An error about what is at this path, its line included. */
  unusable(path: Path, reason: string): UsageError {
    let node: unknown = this.#document.root;
    let place: unknown = node;
    for (const key of path) {
      const pair = isMap(node)
        ? node.items.find((one) => isScalar(one.key) && String(one.key.value) === key)
        : undefined;
      node = pair === undefined && isCollection(node) ? node.items[Number(key)] : pair?.value;
      place = pair?.key ?? node ?? place;
    }
    return this.#unusableAt(place, reason);
  }

  #unusableAt(node: unknown, reason: string): UsageError {
    return unusable(reason, this.#document.placeOf(node as YamlNode).line);
  }
}

function unusable(reason: string, line?: number): UsageError {
  return new UsageError(
    `Cannot use the template: ${line === undefined ? "" : `line ${line}: `}${reason}`,
  );
}

/** For a line that became bad YAML by a placeholder without quotes. */
function quotesHint(line: string): string {
  return line.includes("{{") ? `; ${IN_QUOTES}` : "";
}

function requireHead(root: Mapping, manifest: Manifest): { apiVersion: string; kind: string } {
  const [apiVersion, kind] = ["apiVersion", "kind"].map((field) => {
    const value = root[field];
    if (value === undefined) throw unusable(`${field} is missing`);
    if (typeof value === "string" && value !== "" && !value.includes("{{")) return value;
    throw manifest.unusable([field], `${field} must be a text without placeholders`);
  }) as [string, string];
  if ("status" in root) {
    throw manifest.unusable(["status"], "the status is the server's to write; remove it");
  }
  return { apiVersion, kind };
}

/**
 * The metadata without name and namespace, which are the run's to give: objects that have others
 * could not be found again to delete them.
 */
function metadataBesideName(metadata: unknown, manifest: Manifest): Mapping {
  if (metadata === undefined || metadata === null) return {};
  if (typeof metadata !== "object" || Array.isArray(metadata)) {
    throw manifest.unusable(["metadata"], "metadata must be a mapping");
  }
  // The run has a name and a namespace for each object; what stands here has to be readable all the same.
  const { name, namespace, ...further } = metadata as Mapping;
  compile({ name, namespace }, { path: ["metadata"], manifest });
  const refuse = (field: string, reason: string) =>
    manifest.unusable(["metadata", field], `metadata.${field} ${reason}; remove it`);
  if ("generateName" in further) {
    throw refuse("generateName", "would make names that the run does not know");
  }
  if ("resourceVersion" in further) throw refuse("resourceVersion", "is refused in a new object");
  return further;
}

interface Place {
  readonly path: Path;
  readonly manifest: Manifest;
}
type Fill = (values: TemplateValues) => unknown;

/** What makes this part of the object; a part without placeholders is made once, here. */
function compile(part: unknown, place: Place): Fill {
  const fill = compileParts(part, place);
  if (fill !== undefined) return fill;
  const frozen = deepFreeze(part);
  return () => frozen;
}

/** Undefined if there is no placeholder in it. */
function compileParts(part: unknown, { path, manifest }: Place): Fill | undefined {
  if (typeof part === "string") return compileText(part, { path, manifest });
  if (typeof part !== "object" || part === null) return undefined;
  const below = Object.entries(part).map(([key, value]) => {
    const place = { path: [...path, key], manifest };
    return [compileText(key, place), compileParts(value, place), key, value] as const;
  });
  if (below.every(([key, value]) => key === undefined && value === undefined)) return undefined;
  const fills = below.map(([fillKey, fillValue, key, value]) => {
    const frozen = fillValue === undefined ? deepFreeze(value) : undefined;
    return [fillKey ?? (() => key), fillValue ?? (() => frozen)] as const;
  });
  if (Array.isArray(part)) return (values) => fills.map(([, value]) => value(values));
  // fromEntries, because an assignment to a key such as __proto__ is none.
  return (values) => Object.fromEntries(fills.map(([key, value]) => [key(values), value(values)]));
}

function compileText(text: string, place: Place): FillText | undefined {
  // Every second part is what stood between braces.
  const parts = text.split(PLACEHOLDER);
  if (parts.length === 1) return undefined;
  const fills = parts.map((part, index) => index % 2 === 0 ? () => part : fillOf(part, place));
  return (values) => {
    let filled = "";
    for (const fill of fills) filled += fill(values);
    return filled;
  };
}

function fillOf(inner: string, { path, manifest }: Place): FillText {
  const name = `{{${inner.trim()}}}`;
  const fill = PLACEHOLDERS.get(name);
  if (fill !== undefined) return fill;
  const known = [...PLACEHOLDERS.keys()];
  throw manifest.unusable(
    path,
    `no placeholder ${JSON.stringify(name)}${didYouMean(name, known)}; there are ${
      known.join(", ")
    }`,
  );
}

function deepFreeze<T>(part: T): T {
  if (typeof part !== "object" || part === null || Object.isFrozen(part)) return part;
  Object.values(part).forEach(deepFreeze);
  return Object.freeze(part);
}
