/**
 * A cluster that answers lists and watches from a script, step by step, and notes what it was asked.
 * A call that the script does not have next is a defect of the test or of what is tested: it throws
 * an AssertionError. After the last step every call hangs until its signal aborts.
 * @module
 */

import assert from "node:assert/strict";
import type { Clock } from "../../core/load/clock.ts";
import type { ClusterReader, ListOptions, WatchEvent, WatchOptions } from "../../kube/cluster.ts";
import type { KubeList, KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { StatusError } from "../../kube/status_error.ts";

/** What happens in an accepted watch, one after the other; at the end the server closes it. */
export type WatchAction =
  | { readonly event: WatchEvent }
  | { readonly pauseMs: number }
  /** An ERROR event, or the connection breaks. */
  | { readonly error: Error };

/** The answer to one call. */
export type ScriptStep =
  | { readonly list: KubeList | Error; readonly afterMs?: number }
  | { readonly watch: readonly WatchAction[]; readonly opensAfterMs?: number }
  | { readonly refuseWatch: Error };

/** What was asked; the signal and callbacks left out. */
export interface ScriptedCall {
  readonly verb: "list" | "watch";
  readonly atMs: number;
  readonly resource: Resource;
  readonly options: Omit<ListOptions & WatchOptions, "signal" | "onOpen">;
}

/** An object as a server would send it. */
export function object(
  name: string,
  { rv, uid = `uid-${name}`, namespace = "ns" }: { rv: number; uid?: string; namespace?: string },
): KubeObject {
  return { metadata: { name, namespace, uid, resourceVersion: String(rv) } };
}

/** A list, or with a token all but its last page. */
export function listed(
  rv: number,
  items: readonly KubeObject[],
  { token, afterMs = 0 }: { token?: string; afterMs?: number } = {},
): ScriptStep {
  const metadata = {
    resourceVersion: String(rv),
    ...(token === undefined ? {} : { continue: token }),
  };
  return { list: { metadata, items }, afterMs };
}

export function watched(...watch: readonly WatchAction[]): ScriptStep {
  return { watch };
}

function action(type: WatchEvent["type"]): (object: KubeObject) => WatchAction {
  return (object) => ({ event: { type, object, bytes: 100 } });
}

export const added = action("ADDED");
export const modified = action("MODIFIED");
export const deleted = action("DELETED");

export function bookmark(rv: number): WatchAction {
  return action("BOOKMARK")({ metadata: { resourceVersion: String(rv) } });
}

/** Nothing more comes, not even the end. */
export const SILENCE: WatchAction = { pauseMs: Infinity };

/** A Status; `reason` as on the wire. */
export function status(
  code: number,
  { reason, retryAfterMs }: { reason?: string; retryAfterMs?: number } = {},
): StatusError {
  const wire = { kind: "Status", ...(reason === undefined ? {} : { reason }) } as const;
  return new StatusError(wire, { code, retryAfterMs });
}

export class ScriptedCluster implements ClusterReader {
  readonly calls: ScriptedCall[] = [];
  readonly #clock: Clock;
  readonly #steps: ScriptStep[];

  constructor(clock: Clock, steps: readonly ScriptStep[]) {
    this.#clock = clock;
    this.#steps = [...steps];
  }

  /** How many steps were not asked for yet. */
  get stepsLeft(): number {
    return this.#steps.length;
  }

  get(): Promise<KubeObject> {
    return Promise.reject(new assert.AssertionError({ message: "get() has no script" }));
  }

  async list(resource: Resource, { signal, ...options }: ListOptions = {}): Promise<KubeList> {
    const step = this.#next({ verb: "list", resource, options });
    if (step === undefined) return await this.#sleep(Infinity, signal) as never;
    assert.ok("list" in step, `a list was asked for where the script has ${JSON.stringify(step)}`);
    await this.#sleep(step.afterMs ?? 0, signal);
    if (step.list instanceof Error) throw step.list;
    return step.list;
  }

  async *watch(
    resource: Resource,
    { signal, onOpen, ...options }: WatchOptions = {},
  ): AsyncIterable<WatchEvent> {
    const step = this.#next({ verb: "watch", resource, options });
    if (step === undefined) return await this.#sleep(Infinity, signal);
    if ("refuseWatch" in step) throw step.refuseWatch;
    assert.ok(
      "watch" in step,
      `a watch was asked for where the script has ${JSON.stringify(step)}`,
    );
    await this.#sleep(step.opensAfterMs ?? 0, signal);
    onOpen?.();
    for (const action of step.watch) {
      // Events without a pause come as one chunk, which a stop does not take back.
      if ("pauseMs" in action) await this.#sleep(action.pauseMs, signal);
      if ("error" in action) throw action.error;
      if ("event" in action) yield action.event;
    }
    signal?.throwIfAborted();
  }

  #next(call: Omit<ScriptedCall, "atMs">): ScriptStep | undefined {
    this.calls.push({ ...call, atMs: this.#clock.now() });
    return this.#steps.shift();
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#clock.sleepUntil(this.#clock.now() + ms, signal);
    signal?.throwIfAborted();
  }
}
