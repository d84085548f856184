/**
 * A cluster in memory, for tests of what is around the measured path: objects, label selectors,
 * pages, dry-run creates, merge patches, finalizers, namespaces that take their time to go, and
 * failures on demand. It has no watch and checks no schema.
 * @module
 */

import type {
  CallOptions,
  Cluster,
  DeleteOptions,
  ListOptions,
  PatchOptions,
  RawRequest,
  Selection,
  WatchEvent,
  WriteOptions,
  Written,
} from "../../kube/cluster.ts";
import type { KubeList, KubeObject, ObjectRef } from "../../kube/object.ts";
import { NAMESPACES, type Resource, resourceName, resourcePath } from "../../kube/resource.ts";
import { StatusError } from "../../kube/status_error.ts";

type Verb = "get" | "list" | "create" | "update" | "patch" | "delete" | "deletecollection";

interface Fault {
  readonly verb: Verb | "request";
  readonly error: unknown;
  /** Whether the call takes effect all the same: its answer alone is lost. */
  readonly afterEffect: boolean;
  readonly matches: (call: string) => boolean;
  timesLeft: number;
}

/** `afterEffect`: the answer alone is lost; `on`: a part of the call's line in {@link MemoryCluster.calls}. */
export interface FaultOptions {
  readonly times?: number;
  readonly afterEffect?: boolean;
  readonly on?: string;
}

/** A create, patch or delete as it was asked for. */
export interface Write {
  /** As in {@link MemoryCluster.calls}. */
  readonly call: string;
  /** Of a create the object; undefined for a delete. */
  readonly body: unknown;
  /** The signal left out. */
  readonly options: Omit<WriteOptions | PatchOptions | DeleteOptions, "signal">;
}

export function statusError(code: number, reason: string, retryAfterMs?: number): StatusError {
  return new StatusError({ kind: "Status", reason, message: reason }, { code, retryAfterMs });
}

export class MemoryCluster implements Cluster {
  /** Every call in order: `create configmaps ns/a`, `list configmaps ns`, `GET /version`. */
  readonly calls: string[] = [];
  /** Creates, dry-run ones too, patches and deletes in order, with what they carried. */
  readonly writes: Write[] = [];
  /** Answers of `request` by `GET /version`; a function is handed the parsed body. */
  readonly answers = new Map<string, unknown>();
  /** Called before each call takes effect, e.g. to abort in the middle; it may wait, and reject. */
  onCall: (call: string) => void | Promise<void> = () => {};
  /** Most calls that were under way at once. */
  mostAtOnce = 0;
  readonly #objects = new Map<string, { resource: Resource; object: KubeObject; polls: number }>();
  readonly #pages = new Map<string, KubeObject[]>();
  readonly #faults: Fault[] = [];
  /** How many gets a Terminating namespace survives. */
  readonly #terminatingPolls: number;
  #atOnce = 0;
  #sequence = 0;

  constructor({ terminatingPolls = 0 } = {}) {
    this.#terminatingPolls = terminatingPolls;
  }

  /** The next calls of that verb fail. */
  fail(verb: Fault["verb"], error: unknown, options: FaultOptions = {}): void {
    const { times = 1, afterEffect = false, on = "" } = options;
    const matches = (call: string) => call.includes(on);
    this.#faults.push({ verb, error, afterEffect, matches, timesLeft: times });
  }

  /** Puts an object there without a call. */
  put(resource: Resource, object: KubeObject): void {
    const sequence = String(++this.#sequence);
    const metadata = { uid: `uid-${sequence}`, ...object.metadata, resourceVersion: sequence };
    const path = pathOf(resource, metadata);
    this.#objects.set(path, { resource, object: { ...object, metadata }, polls: 0 });
  }

  /** Takes it away without a call. */
  vanish(resource: Resource, ref: ObjectRef): void {
    this.#objects.delete(pathOf(resource, ref));
  }

  /** `ns/a`, in the order in which they were made. */
  keys(resource: Resource): string[] {
    return this.#select(resource, {}).map(({ metadata }) => keyOf(metadata));
  }

  get(resource: Resource, ref: ObjectRef): Promise<KubeObject> {
    return this.#call("get", [resourceName(resource), keyOf(ref)], () => {
      const path = pathOf(resource, ref);
      const entry = this.#objects.get(path);
      if (entry === undefined) throw statusError(404, "NotFound");
      const { object } = entry;
      const isGoing = object.metadata.deletionTimestamp !== undefined;
      if (isNamespace(resource) && isGoing && !hasFinalizers(object)) {
        if (entry.polls++ >= this.#terminatingPolls) {
          this.#objects.delete(path);
          throw statusError(404, "NotFound");
        }
      }
      return object;
    });
  }

  list(resource: Resource, options: ListOptions = {}): Promise<KubeList> {
    const { namespace = "", limit = Infinity, continue: token = "" } = options;
    return this.#call("list", [resourceName(resource), namespace, token], () => {
      const items = token === "" ? this.#select(resource, options) : this.#pages.get(token);
      if (items === undefined) throw statusError(410, "Expired");
      const rest = items.slice(limit);
      const next = rest.length === 0 ? "" : `page-${++this.#sequence}`;
      if (next !== "") this.#pages.set(next, rest);
      return { metadata: { continue: next }, items: items.slice(0, limit) };
    });
  }

  watch(): AsyncIterable<WatchEvent> {
    throw new Error("MemoryCluster has no watch");
  }

  create(
    resource: Resource,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<Written> {
    const { metadata } = object;
    const words = ["create", resourceName(resource), keyOf(metadata)] as const;
    return this.#write(words, { body: object, options }, () => {
      if (this.#objects.has(pathOf(resource, metadata))) throw statusError(409, "AlreadyExists");
      if (options.query?.["dryRun"] !== "All") this.put(resource, completed(resource, object));
      return { object };
    });
  }

  update(resource: Resource, object: KubeObject): Promise<Written> {
    const { metadata } = object;
    return this.#call("update", [resourceName(resource), keyOf(metadata)], () => {
      if (!this.#objects.has(pathOf(resource, metadata))) throw statusError(404, "NotFound");
      this.put(resource, object);
      return { object };
    });
  }

  patch(
    resource: Resource,
    ref: ObjectRef,
    { body, options }: { readonly body: unknown; readonly options: PatchOptions },
  ): Promise<Written> {
    return this.#write(["patch", resourceName(resource), keyOf(ref)], { body, options }, () => {
      const { type } = options;
      if (type !== "strategic" && type !== "merge") throw new Error(`no ${type} patches here`);
      const entry = this.#objects.get(pathOf(resource, ref));
      if (entry === undefined) throw statusError(404, "NotFound");
      this.put(resource, merged(entry.object, body) as KubeObject);
      return { object: entry.object };
    });
  }

  delete(resource: Resource, ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const words = ["delete", resourceName(resource), keyOf(ref)] as const;
    return this.#write(words, { body: undefined, options }, () => {
      const entry = this.#objects.get(pathOf(resource, ref));
      if (entry === undefined) throw statusError(404, "NotFound");
      this.#remove(resource, entry.object);
    });
  }

  deleteCollection(resource: Resource, selection: Selection): Promise<void> {
    const { namespace = "" } = selection;
    return this.#call("deletecollection", [resourceName(resource), namespace], () => {
      for (const object of this.#select(resource, selection)) this.#remove(resource, object);
    });
  }

  request({ method, path, body }: RawRequest): Promise<unknown> {
    return this.#call("request", [method, path], () => {
      const answer = this.answers.get(`${method} ${path}`);
      if (answer === undefined) throw statusError(404, "NotFound");
      return typeof answer === "function" ? answer(JSON.parse(body ?? "null")) : answer;
    });
  }

  #write<T>(
    [verb, ...words]: readonly ["create" | "patch" | "delete", ...string[]],
    { body, options: { signal: _, ...options } }: { body: unknown; options: CallOptions },
    effect: () => T,
  ): Promise<T> {
    this.writes.push({ call: [verb, ...words].join(" "), body, options });
    return this.#call(verb, words, effect);
  }

  async #call<T>(verb: Fault["verb"], words: readonly string[], effect: () => T): Promise<T> {
    const line = (verb === "request" ? words : [verb, ...words]).join(" ").trimEnd();
    this.calls.push(line);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    try {
      await this.onCall(line);
      const fault = this.#faults.find((one) =>
        one.verb === verb && one.timesLeft > 0 && one.matches(line)
      );
      if (fault === undefined) return effect();
      fault.timesLeft--;
      if (fault.afterEffect) effect();
      throw fault.error;
    } finally {
      this.#atOnce--;
    }
  }

  /** At once, unless finalizers hold it or it is a namespace. */
  #remove(resource: Resource, object: KubeObject): void {
    const path = pathOf(resource, object.metadata);
    if (!hasFinalizers(object) && !isNamespace(resource)) {
      this.#objects.delete(path);
      return;
    }
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const metadata = { ...object.metadata, deletionTimestamp };
    const going = isNamespace(resource)
      ? { ...object, metadata, status: { phase: "Terminating", ...object.status as object } }
      : { ...object, metadata };
    this.#objects.set(path, { resource, object: going, polls: 0 });
  }

  #select(resource: Resource, { namespace = "", labelSelector = "" }: Selection): KubeObject[] {
    return [...this.#objects.values()]
      .filter((entry) => resourceName(entry.resource) === resourceName(resource))
      .map(({ object }) => object)
      .filter(({ metadata }) => namespace === "" || metadata.namespace === namespace)
      .filter(({ metadata }) => matchesLabels(metadata.labels ?? {}, labelSelector));
  }
}

/** As the server fills it in. */
function completed(resource: Resource, object: KubeObject): KubeObject {
  return isNamespace(resource) ? { spec: { finalizers: ["kubernetes"] }, ...object } : object;
}

/** Mappings are merged, everything else is replaced. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isMapping(target) || !isMapping(patch)) return patch;
  const changed = Object.entries(patch).map(([key, value]) => [key, merged(target[key], value)]);
  return { ...target, ...Object.fromEntries(changed) };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of a label selector: `a=b`, `a!=b` (holds too without label a), `a`, joined by commas. */
function matchesLabels(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector.split(",").filter((term) => term !== "").every((term) => {
    const [, key = "", operator, value] = /^([^!=]+)(?:(!?=)(.*))?$/.exec(term) ?? [];
    if (operator === undefined) return labels[key] !== undefined;
    return (labels[key] === value) === (operator === "=");
  });
}

function hasFinalizers({ metadata }: KubeObject): boolean {
  return (metadata.finalizers ?? []).length > 0;
}

function isNamespace(resource: Resource): boolean {
  return resourceName(resource) === resourceName(NAMESPACES);
}

function keyOf({ namespace, name = "" }: { namespace?: string; name?: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function pathOf(resource: Resource, ref: { namespace?: string; name?: string }): string {
  return resourcePath(resource, ref);
}
