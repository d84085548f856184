/**
 * What does the API server say of one type, now and from now on? A list and then a watch, again and
 * again until told to end; what becomes of it is for others.
 * @module
 */

import type { Clock } from "../core/load/clock.ts";
import type { KubeList, KubeObject } from "../kube/object.ts";
import { apiVersionOf, type Resource, resourcePath } from "../kube/resource.ts";
import { SANDBOX_USER } from "./authentication.ts";
import type { ApiHandler } from "./faults/fault.ts";
import type { StoreEvent } from "./kubernetes/store/event_history.ts";

interface FeedListener {
  /** Everything that there is; what was known before and is not in it is gone. */
  onList(objects: readonly KubeObject[]): void;
  onEvent(type: StoreEvent["type"], object: KubeObject): void;
}

/** Until the next try, when the server does not have the type. */
const RETRY_MS = 1_000;

export class KubeFeed {
  readonly #kube: ApiHandler;
  readonly #clock: Clock;

  constructor(kube: ApiHandler, { clock }: { clock: Clock }) {
    this.#kube = kube;
    this.#clock = clock;
  }

  /** Resolves when the signal aborts. */
  async follow(
    resource: Resource,
    { listener, signal }: { listener: FeedListener; signal: AbortSignal },
  ): Promise<void> {
    const path = resourcePath(resource);
    while (!signal.aborted) {
      const answer = await this.#get(path, signal);
      if (signal.aborted) return;
      if (!answer.ok) {
        await this.#clock.sleepUntil(this.#clock.now() + RETRY_MS, signal);
        continue;
      }
      const { items, metadata } = await answer.json() as KubeList;
      const { kind } = resource;
      const apiVersion = apiVersionOf(resource);
      // Items of a list have their type from it.
      listener.onList(items.map((item) => ({ ...item, apiVersion, kind })));
      await this.#watch(`${path}?watch=1&resourceVersion=${metadata.resourceVersion}`, {
        listener,
        signal,
      });
    }
  }

  async #watch(
    path: string,
    { listener, signal }: { listener: FeedListener; signal: AbortSignal },
  ): Promise<void> {
    const answer = await this.#get(path, signal);
    if (!answer.ok || answer.body === null) return;
    for await (const line of linesOf(answer.body)) {
      if (signal.aborted) return;
      const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
      // Too old: the next list has what was missed.
      if (type === "ERROR") return;
      if (type !== "BOOKMARK") listener.onEvent(type as StoreEvent["type"], object);
    }
  }

  #get(path: string, signal: AbortSignal): Promise<Response> {
    return this.#kube({
      method: "GET",
      path,
      headers: new Headers({ accept: "application/json" }),
      body: "",
      user: SANDBOX_USER,
      signal,
    });
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
