/**
 * From policies to limits: watches them, makes limits of all of them, hands those to a limiter, and
 * then says that they are in force. Works on any API server that has the kinds.
 * Source: Kuadrant/kuadrant-operator, whose conditions have no generation of their own but that of the
 * whole status.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { RATE_LIMIT_POLICIES, TOKEN_RATE_LIMIT_POLICIES } from "../../../kube/kuadrant/kinds.ts";
import { objectKey } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import { ObjectCache, type ObjectChange } from "../../gateway/controller/object_cache.ts";
import { StatusClient } from "../../gateway/statuses/status_client.ts";
import { KubeFeed } from "../../kube_feed.ts";
import type { Limit } from "../limits/limit.ts";
import type { PolicySettings } from "../settings.ts";
import { limitsOf, type Policy } from "./compile.ts";
import { PolicyOwner } from "./policy_owner.ts";

/** Its field manager, as API servers have it from the User-Agent. */
const MANAGER = "sandbox-kuadrant";
const KINDS = [
  { resource: RATE_LIMIT_POLICIES, counts: "requests" },
  { resource: TOKEN_RATE_LIMIT_POLICIES, counts: "tokens" },
] as const;
type Counts = Limit["counts"];

export interface PolicyControllerOptions {
  readonly kube: ApiHandler;
  readonly clock: Clock;
  /** `namespace/name` of the Gateway whose limits they are. */
  readonly gateway: string;
  /** Asked at each change of a policy. */
  readonly settings: (change: { readonly isNew: boolean }) => PolicySettings;
  /** Takes the place of all that there were; resolves when they are in force. */
  readonly onLimits: (limits: readonly Limit[]) => void | Promise<void>;
}

/** Dispose it to end its watches. */
export class PolicyController implements Disposable {
  readonly #options: PolicyControllerOptions;
  readonly #ending = new AbortController();
  readonly #caches: readonly { readonly counts: Counts; readonly cache: ObjectCache<Policy> }[];
  readonly #statuses: StatusClient;
  readonly #owner: PolicyOwner;
  /** What each policy asks for as far as it is in force, by kind and key. */
  readonly #limits = new Map<string, readonly Limit[]>();
  /** One after the other, so that the newest is the last. */
  #work = Promise.resolve();

  constructor(options: PolicyControllerOptions) {
    const { kube, clock } = options;
    this.#options = options;
    const signal = this.#ending.signal;
    this.#statuses = new StatusClient(kube, MANAGER);
    this.#owner = new PolicyOwner({ kube, clock, ended: signal });
    const feed = new KubeFeed(kube, { clock });
    this.#caches = KINDS.map(({ resource, counts }) => ({
      counts,
      cache: new ObjectCache<Policy>(resource, {
        feed,
        signal,
        onChange: (change) => this.#onChange(resource, counts, change),
      }),
    }));
  }

  /** Resolves when what is there is in force, and said to be. */
  async ready(): Promise<void> {
    await Promise.all(this.#caches.map(({ cache }) => cache.ready));
    await this.#work;
  }

  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  #onChange(resource: Resource, counts: Counts, { key, before, after }: ObjectChange<Policy>) {
    if (isSameSpec(before, after)) return;
    const settings = this.#options.settings({ isNew: before === undefined });
    if (after !== undefined) this.#owner.onChange(resource, after, settings);
    const id = `${resource.plural} ${key}`;
    this.#work = this.#work.then(() => this.#apply({ resource, counts, id, after, settings }));
  }

  async #apply({ resource, counts, id, after, settings }: {
    readonly resource: Resource;
    readonly counts: Counts;
    readonly id: string;
    readonly after: Policy | undefined;
    readonly settings: PolicySettings;
  }): Promise<void> {
    const { clock, gateway, onLimits } = this.#options;
    const { signal } = this.#ending;
    if (this.#limits.has(id)) await clock.sleepUntil(clock.now() + settings.lagMs, signal);
    if (signal.aborted) return;
    const made = after === undefined ? [] : limitsOrWhy(after, { counts, gateway });
    const isKept = settings.ignoresChanges && this.#limits.has(id);
    if (typeof made !== "string" && !isKept) {
      this.#limits.set(id, made);
      await onLimits([...this.#limits.values()].flat());
    }
    if (after !== undefined) await this.#say(resource, after, typeof made === "string" ? made : "");
  }

  async #say(resource: Resource, policy: Policy, whyNot: string): Promise<void> {
    const { generation } = policy.metadata;
    const now = this.#options.clock.wallNow().toISOString().replace(/\.\d+Z$/, "Z");
    const condition = (type: string, [reason, message]: readonly [string, string]) => ({
      type,
      status: whyNot === "" ? "True" : "False",
      reason,
      message,
      lastTransitionTime: now,
    });
    const words = (done: string): readonly [string, string] =>
      whyNot === ""
        ? [done, `${resource.kind} has been ${done.toLowerCase()}`]
        : ["Invalid", `${resource.kind} is invalid: ${whyNot}`];
    await this.#statuses.write(resource, {
      key: objectKey(policy),
      // What has changed meanwhile has a turn of its own.
      status: ({ metadata }) =>
        metadata.generation !== generation ? undefined : {
          observedGeneration: generation,
          conditions: whyNot === ""
            ? [condition("Accepted", words("Accepted")), condition("Enforced", words("Enforced"))]
            : [condition("Accepted", words("Accepted"))],
        },
    });
  }
}

function limitsOrWhy(policy: Policy, about: Parameters<typeof limitsOf>[1]): Limit[] | string {
  try {
    return limitsOf(policy, about);
  } catch (error) {
    return messageOf(error);
  }
}

function isSameSpec(before: Policy | undefined, after: Policy | undefined): boolean {
  return before !== undefined && after !== undefined &&
    before.metadata.uid === after.metadata.uid &&
    before.metadata.generation === after.metadata.generation;
}
