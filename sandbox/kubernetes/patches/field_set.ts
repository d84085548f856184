/**
 * A set of fields, as managedFields write it: `{"f:data":{"f:a":{}}}`.
 * Source: sigs.k8s.io/structured-merge-diff, fieldpath; Kubernetes API reference, FieldsV1.
 * @module
 */

/**
 * From the top of an object: `f:NAME` a field, `k:{...}` the list element with these keys, `v:VALUE`
 * the element of a set.
 */
export type FieldPath = readonly string[];

/** No element contains it: names and JSON texts have no control characters in them. */
const SEPARATOR = "\0";

/** In a tree: the field itself belongs to the set, although some of what is in it does too. */
const ITSELF = ".";

interface Tree {
  readonly [element: string]: Tree;
}

/** Immutable. */
export class FieldSet {
  static readonly EMPTY = new FieldSet([]);
  readonly #paths: ReadonlyMap<string, FieldPath>;

  constructor(paths: Iterable<FieldPath>) {
    this.#paths = new Map([...paths].map((path) => [keyOf(path), path]));
  }

  static fromFieldsV1(tree: unknown): FieldSet {
    return new FieldSet(pathsIn(tree as Tree, []));
  }

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  /** In the server's order: of what is in an object, the fields that go no deeper come first. */
  get paths(): FieldPath[] {
    return [...this.#paths.values()].sort(byDepth);
  }

  has(path: FieldPath): boolean {
    return this.#paths.has(keyOf(path));
  }

  /** Whether anything inside of a field belongs to the set. */
  hasWithin(path: FieldPath): boolean {
    return [...this.#paths.values()].some((other) => isWithin(other, path));
  }

  filter(isKept: (path: FieldPath) => boolean): FieldSet {
    return new FieldSet([...this.#paths.values()].filter(isKept));
  }

  union(other: FieldSet): FieldSet {
    return new FieldSet([...this.#paths.values(), ...other.#paths.values()]);
  }

  minus(other: FieldSet): FieldSet {
    return this.filter((path) => !other.has(path));
  }

  intersection(other: FieldSet): FieldSet {
    return this.filter((path) => other.has(path));
  }

  toFieldsV1(): Record<string, unknown> {
    const root: Record<string, unknown> = {};
    const sorted = [...this.#paths].sort(([one], [other]) => one < other ? -1 : 1);
    const paths = sorted.map(([, path]) => path);
    for (const [index, path] of paths.entries()) {
      let node = root;
      for (const element of path) node = (node[element] ??= {}) as Record<string, unknown>;
      // In this order what is inside of a field follows it at once.
      if (isWithin(paths[index + 1], path)) node[ITSELF] = {};
    }
    return root;
  }
}

function byDepth(one: FieldPath, other: FieldPath): number {
  const at = one.findIndex((element, index) => element !== other[index]);
  if (at === -1) return -1;
  const [left, right] = [one, other].map((path) => path.length - 1 > at ? "1" : "0");
  return left! + one[at]! < right! + (other[at] ?? "") ? -1 : 1;
}

function isWithin(path: FieldPath | undefined, outer: FieldPath): boolean {
  return path !== undefined && keyOf(path).startsWith(keyOf(outer) + SEPARATOR);
}

function keyOf(path: FieldPath): string {
  return path.join(SEPARATOR);
}

function* pathsIn(tree: Tree, path: FieldPath): Generator<FieldPath, void> {
  const entries = Object.entries(tree);
  if (path.length > 0 && (entries.length === 0 || Object.hasOwn(tree, ITSELF))) yield path;
  for (const [element, inner] of entries) {
    if (element !== ITSELF) yield* pathsIn(inner, [...path, element]);
  }
}

/** As messages show it: `.spec.containers[name="c"].image`. */
export function pathText(path: FieldPath): string {
  return path.map((element) => {
    const value = element.slice("f:".length);
    if (element.startsWith("f:")) return `.${value}`;
    if (element.startsWith("v:")) return `[=${value}]`;
    const keys = Object.entries(JSON.parse(value) as Record<string, unknown>);
    return `[${keys.map(([name, key]) => `${name}=${JSON.stringify(key)}`).join(",")}]`;
  }).join("");
}
