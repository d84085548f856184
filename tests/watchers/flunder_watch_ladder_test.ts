/** Ladders of flunder-watch: each rung is a fleet of its own, with its lists and its watches. @module */

import assert from "node:assert/strict";
import { resolveSettings } from "../../core/command/settings.ts";
import { OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { ClusterReader, WatchEvent, WatchOptions } from "../../kube/cluster.ts";
import type { KubeList } from "../../kube/object.ts";
import { FLUNDER_WATCH_FLAGS } from "../../watchers/flags.ts";
import { flunderWatchPlan } from "../../watchers/flunder_watch_plan.ts";
import { Conducted } from "../core/run/conducted.ts";

/** Tells each watch of a change once a second, and takes no more than so many watches at a time. */
class CrowdedServer {
  open = 0;
  lists = 0;

  constructor(readonly clock: Clock, readonly room: number) {}

  list(): Promise<KubeList> {
    this.lists++;
    if (this.open >= this.room) {
      return Promise.reject(new OperationFailedError("http-429", "Too many watchers"));
    }
    return Promise.resolve({ metadata: { resourceVersion: "1" }, items: [] });
  }

  async *watch(
    _resource: unknown,
    { signal, onOpen }: WatchOptions = {},
  ): AsyncGenerator<WatchEvent> {
    this.open++;
    onOpen?.();
    try {
      for (let second = 1;; second++) {
        await this.clock.sleepUntil(this.clock.now() + 1_000, signal);
        signal?.throwIfAborted();
        const metadata = { name: "a", namespace: "b", resourceVersion: String(second + 1) };
        yield { type: "MODIFIED", object: { metadata }, bytes: 100 };
      }
    } finally {
      this.open--;
    }
  }
}

/** What a use of flunder-watch comes to. */
async function watched(flags: Readonly<Record<string, string>>, room: number) {
  const given = { "stage-duration": "10s", ...flags };
  const texts = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, [text]]));
  const settings = { command: "flunder-watch", flags: texts, env: () => undefined };
  const { values, shown } = resolveSettings(FLUNDER_WATCH_FLAGS, settings);
  const plan = flunderWatchPlan(values, { shown });
  const { model, mainOperation, defaultThresholds, measures } = plan;
  let server: CrowdedServer | undefined;
  await using run = new Conducted({
    ...{ model, mainOperation, defaultThresholds, measures },
    ...plan.climb,
    instrument: (run, say) => {
      server = new CrowdedServer(run.clock, room);
      return plan.work(server as unknown as ClusterReader, { run, say });
    },
  });
  for (let ms = 0; ms < 600_000 && !run.isOver; ms += 1_000) await run.clock.advance(1_000);
  return { exitCode: await run.exitCode, report: run.report, plan, open: server?.open };
}

Deno.test("a ladder of flunder-watch stops where the server has no room for more watchers", async () => {
  const { exitCode, report, plan, open } = await watched({ ladder: "2,4,8,16" }, 6);
  assert.equal(exitCode, 0);
  const { ladder, manifest, stages } = report;
  assert.deepEqual([ladder?.lastGood, ladder?.firstBad], [4, 8]);
  assert.match(ladder?.because ?? "", /^not healthy: list\.failed\.count <= 0 does not hold/);
  assert.deepEqual(stages.map(({ name }) => name), ["watches=2", "watches=4", "watches=8"]);
  const lists = stages.map(({ summary }) => summary.operations.find(({ op }) => op === "list")?.ok);
  assert.deepEqual(lists.slice(0, 2), [2, 4]);
  assert.match(manifest.model, /^2 independent LIST and WATCH loops over .*, then more watchers$/);
  assert.equal(plan.watches, 16);
  assert.equal(open, 0);
});

Deno.test("a search of flunder-watch finds how many watchers there is room for", async () => {
  const { exitCode, report } = await watched({ "find-max": "true" }, 11);
  assert.equal(exitCode, 0);
  assert.deepEqual([report.ladder?.lastGood, report.ladder?.firstBad], [11, 12]);
});
