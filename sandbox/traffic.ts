/**
 * Objects that come, change and go in a sandbox by themselves, so that who only watches has something
 * to see. Past every fault: what a fault does to a watcher must not be what it does to the writer.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import {
  CREATE_TIMESTAMP,
  formatAnnotationTime,
  UPDATE_TIMESTAMP,
} from "../kube/sample_log/times.ts";
import { apiVersionOf, NAMESPACES, type Resource, resourcePath } from "../kube/resource.ts";
import { SANDBOX_USER } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";

/** Plain data: it goes to another thread. */
export interface TrafficOptions {
  /** Objects that are created each second, in all. */
  readonly ratePerSec: number;
  readonly resources: readonly Resource[];
  /** Made if missing. */
  readonly namespaces: readonly string[];
}

/** Where it is unless told otherwise. */
export const TRAFFIC_NAMESPACE = "scaletest";
const TRAFFIC_USER = { username: "sandbox-traffic", groups: SANDBOX_USER.groups };
/** What the drivers label theirs with, so that a watcher's selector finds them. */
const LABELS = { purpose: "scaletest" };
/** From its create an object lives so long; half way it is changed. */
const LIFE_MS = 1_000;

interface Place {
  readonly resource: Resource;
  readonly namespace: string;
}

export class Traffic {
  readonly #handler: ApiHandler;
  readonly #clock: Clock;
  readonly #places: readonly Place[];
  readonly #options: TrafficOptions;
  readonly #never = new AbortController();
  #writes = 0;

  constructor(
    handler: ApiHandler,
    { clock, ...options }: TrafficOptions & { readonly clock: Clock },
  ) {
    this.#handler = handler;
    this.#clock = clock;
    this.#options = options;
    this.#places = options.resources.flatMap((resource) =>
      options.namespaces.map((namespace) => ({ resource, namespace }))
    );
  }

  /** Answered with success. */
  get writes(): number {
    return this.#writes;
  }

  /** Resolves when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    for (const namespace of this.#options.namespaces) {
      await this.#write("POST", resourcePath(NAMESPACES), { metadata: { name: namespace } });
    }
    const startMs = this.#clock.now();
    const lives: Promise<void>[] = [];
    for (let index = 0; !signal.aborted && this.#places.length > 0; index++) {
      await this.#clock.sleepUntil(startMs + index * 1_000 / this.#options.ratePerSec, signal);
      if (!signal.aborted) lives.push(this.#live(index, signal));
      if (lives.length > this.#options.ratePerSec * LIFE_MS / 1_000 + 1) await lives.shift();
    }
    await Promise.all([...lives, this.#clock.sleepUntil(Infinity, signal)]);
  }

  async #live(index: number, signal: AbortSignal): Promise<void> {
    const { resource, namespace } = this.#places[index % this.#places.length]!;
    const bornMs = this.#clock.now();
    const name = `sandbox-traffic-${String(index + 1).padStart(6, "0")}`;
    const path = resourcePath(resource, { namespace, name });
    await this.#write("POST", resourcePath(resource, { namespace }), {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, namespace, labels: LABELS, annotations: this.#stamp(CREATE_TIMESTAMP) },
    });
    await this.#clock.sleepUntil(bornMs + LIFE_MS / 2, signal);
    await this.#write("PATCH", path, {
      metadata: { annotations: this.#stamp(UPDATE_TIMESTAMP) },
    });
    await this.#clock.sleepUntil(bornMs + LIFE_MS, signal);
    await this.#write("DELETE", path);
  }

  #stamp(annotation: string): Record<string, string> {
    return { [annotation]: formatAnnotationTime(this.#clock.wallNow()) };
  }

  async #write(method: string, path: string, body?: unknown): Promise<void> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await this.#handler({
      method,
      path,
      headers: new Headers({ "content-type": type }),
      body: body === undefined ? "" : JSON.stringify(body),
      user: TRAFFIC_USER,
      signal: this.#never.signal,
    });
    await answer.body?.cancel();
    if (answer.ok) this.#writes++;
  }
}
