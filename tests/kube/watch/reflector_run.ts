/**
 * A reflector that runs against a script, for the tests beside: what it asked, told its store and
 * reported, one word each.
 * @module
 */

import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { WatchEvent } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import {
  Reflector,
  type ReflectorActivity,
  type ReflectorOptions,
} from "../../../kube/watch/reflector.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../../support/scripted_cluster.ts";

export const BROKEN = new OperationFailedError("connection-reset", "The connection was reset");
export const EXPIRED = status(410, { reason: "Expired" });
export const OPEN_END = watched(SILENCE);

/** One word per object or event, as the store got them. */
export class WrittenStore {
  readonly words: string[] = [];

  replace(items: readonly KubeObject[]): void {
    this.words.push(`all ${items.map(({ metadata: { name } }) => name).join(" ")}`.trimEnd());
  }

  apply({ type, object: { metadata } }: WatchEvent): void {
    this.words.push(`${type} ${metadata.name}`);
  }
}

/** One word per activity. */
function wordOf(activity: ReflectorActivity): string {
  switch (activity.kind) {
    case "listed":
      return `${activity.isRelist ? "relisted" : "listed"} ${activity.items}`;
    case "failed":
      return `failed ${activity.error.reason}`;
    case "closed":
      return `closed ${activity.afterMs} ms ${activity.events}`;
    case "bookmark":
      return `bookmark ${activity.resourceVersion}`;
    default:
      return activity.kind;
  }
}

/** A reflector that runs against a script until `stop()`. */
export function start(steps: readonly ScriptStep[], options: Partial<ReflectorOptions> = {}) {
  const clock = new FakeClock(1_000);
  const cluster = new ScriptedCluster(clock, steps);
  const store = new WrittenStore();
  const activities: ReflectorActivity[] = [];
  const controller = new AbortController();
  const reflector = new Reflector(cluster, {
    resource: CONFIG_MAPS,
    store,
    clock,
    rng: createRng(7),
    onActivity: (activity) => activities.push(activity),
    ...options,
  });
  const running = reflector.run(controller.signal);
  running.catch(() => {});
  return {
    clock,
    cluster,
    store,
    activities,
    controller,
    reflector,
    running,
    /** What was asked, one word each: `list 0`, `list -`, `watch 12`. */
    asked: () =>
      cluster.calls.map(({ verb, options }) => `${verb} ${options.resourceVersion ?? "-"}`),
    words: () => activities.map(wordOf),
    /** The waits that were announced, ms. */
    waits: () =>
      activities.flatMap((activity) => "retryInMs" in activity ? [activity.retryInMs] : []),
    /** Aborts, and sees that run() resolves without time passing and leaves no sleeper. */
    stop: async () => {
      controller.abort(new Error("stopped"));
      await running;
      assert.equal(clock.sleeperCount, 0);
    },
  };
}

export function assertWithin(
  value: number | undefined,
  [least, most]: readonly [number, number],
): void {
  assert.ok(value !== undefined && value >= least && value < most, `${value} in ${least}..${most}`);
}
