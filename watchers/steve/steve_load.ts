/**
 * One load of steve-watch, on a whole run or on a stage of it: starts watchers, then writes, changes,
 * reads and looks beside them, lets Steve cool down, and judges. Of several generators the first one
 * writes, changes and looks; the others know of that what their watchers are judged by. Decides no
 * schedule but which of these begins and ends when.
 * @module
 */

import { partOf, together } from "../../core/load/parts.ts";
import type { LoadContext } from "../../core/load/executor.ts";
import { isOurs, WHOLE } from "../../core/load/share.ts";
import type { Say } from "../../core/say.ts";
import type { LoadScope } from "../../core/run/run_stage.ts";
import { pageFetcher } from "../../kube/component/fetch_text.ts";
import { readPageUsage } from "../../kube/component/page_usage.ts";
import { watchUsage } from "../../kube/component/usage.ts";
import type { HttpCluster } from "../../kube/http/http_cluster.ts";
import type { SteveClient } from "./client/steve_client.ts";
import { type Fleet, startFleet } from "./fleet/fleet.ts";
import { fleetFindings } from "./fleet/fleet_findings.ts";
import { DEFAULT_SUBSCRIPTION_POLICY } from "./fleet/subscription.ts";
import { DEFAULT_SOCKET_POLICY } from "./fleet/watcher.ts";
import { DEFAULT_LEDGER_TIMES } from "./ledger/ledger.ts";
import { runChurn } from "./load/churn.ts";
import { CrdToggle, judgeChanges } from "./load/crd_toggle.ts";
import { watchDefinition } from "./load/definition_watch.ts";
import { LightReads } from "./load/light_read_task.ts";
import { FOO_TYPE } from "./load/objects.ts";
import type { WriteLog } from "./load/write_log.ts";
import type { Prepared } from "./set_up/set_up.ts";
import { STEVE_COMPONENT, type StevePlan } from "./steve_plan.ts";
import type { WalProbe } from "./wal/wal_probe.ts";
import { judgeGrowth, WalWatch } from "./wal/wal_watch.ts";
import { wallTimer, type WrittenEvent } from "./written_event.ts";

/** What the log may grow after the churn: what SQLite writes between two checkpoints of its own. */
const WAL_SLACK_BYTES = 1_000 * 4_096;
const RUNTIME_PERIOD_MS = 10_000;
/** How long the API server may take to tell of the last writes, before watchers are judged. */
const LAST_EVENTS_MS = 5_000;

export interface SteveLoadParts {
  readonly plan: StevePlan;
  readonly cluster: HttpCluster;
  /** Over the same connections: its answers hold metadata alone. */
  readonly metadata: HttpCluster;
  readonly steve: SteveClient;
  readonly prepared: Prepared;
  readonly writes: WriteLog;
  /** Undefined: nobody looks at the WAL. */
  readonly walProbe: WalProbe | undefined;
  readonly spawnWorker: () => Worker;
  readonly say: Say;
}

/** See the module. */
export class SteveLoad {
  readonly #scope: LoadScope;
  readonly #parts: SteveLoadParts;
  readonly #wal: WalWatch | undefined;
  #fleet: Fleet | undefined;

  constructor(scope: LoadScope, parts: SteveLoadParts) {
    const { plan: { values }, walProbe: probe } = parts;
    this.#scope = scope;
    this.#parts = parts;
    this.#wal = !this.#isWriter || probe === undefined
      ? undefined
      : new WalWatch(undividedPart(scope, { name: "wal" }), {
        probe,
        periodMs: values["wal-period"],
      });
  }

  /** Resolves when it was stopped and everything is judged. */
  async work(): Promise<void> {
    const scope = this.#scope;
    await scope.begin();
    const reads = this.#startReads();
    const fleet = this.#fleet = this.#startFleet(reads);
    const isConnected = Promise.race([fleet.ready, stopped(scope)]);
    await this.#all([
      this.#writeAndJudge(fleet, isConnected),
      isConnected.then(() => this.#look(reads)),
      reads?.result,
      stopped(scope),
    ]);
    if (this.#wal === undefined) return;
    scope.addFinding(judgeGrowth(this.#wal.seen, { slackBytes: WAL_SLACK_BYTES }));
  }

  get #isWriter(): boolean {
    return isOurs(this.#scope.share, 0);
  }

  /** Every subscription that lives has to be told of it. */
  written(event: WrittenEvent): void {
    this.#fleet?.written([event]);
  }

  #startReads(): LightReads | undefined {
    const { plan: { values }, steve, spawnWorker, say } = this.#parts;
    if (values["read-rate"] === 0) return undefined;
    return new LightReads(this.#scope, {
      access: steve.access,
      namespace: values.namespace,
      ratePerSec: values["read-rate"],
      exclude: values["read-exclude"],
    }, { spawnWorker, say });
  }

  #startFleet(reads: LightReads | undefined): Fleet {
    const { plan: { values, subscriptions }, steve, spawnWorker, say } = this.#parts;
    const { count: watchers, workers, silence: silenceMs } = values;
    return startFleet(this.#scope, {
      access: steve.access,
      watchers,
      workers,
      connectRatePerSec: values["connect-rate"],
      subscriptions,
      ...DEFAULT_LEDGER_TIMES,
      slackMs: values.slack,
      socketPolicy: { ...DEFAULT_SOCKET_POLICY, silenceMs },
      subscriptionPolicy: DEFAULT_SUBSCRIPTION_POLICY,
    }, {
      spawnWorker,
      say,
      onNotified: (type, told) => reads?.notified(type, told),
    });
  }

  /** All that watchers are told of, then a while in which they are told, and what they make of it. */
  async #writeAndJudge(fleet: Fleet, isConnected: Promise<void>): Promise<void> {
    const { clock } = this.#scope;
    try {
      await isConnected;
      await (this.#isWriter ? this.#write() : this.#sitOut());
      this.#wal?.churnEnded();
      // Watchers can only be judged by writes of which the API server has told.
      await this.#parts.writes.drained(clock.now() + LAST_EVENTS_MS);
    } finally {
      const summary = await fleet.finish();
      // Who has none of the load's watchers knows nothing of them.
      const isWatching = summary.stability.watchers > 0;
      const findings = isWatching ? fleetFindings(summary) : [];
      for (const finding of findings) this.#scope.addFinding(finding);
    }
  }

  /** Reads beside all that, until the load is stopped. */
  async #look(reads: LightReads | undefined): Promise<void> {
    await using _runtime = this.#watchRuntime();
    reads?.begin();
    await this.#all([this.#wal?.run(), stopped(this.#scope)]);
  }

  /** Churn and changes of the definition, until it is time to cool down. */
  async #write(): Promise<void> {
    const scope = this.#scope;
    const { plan, prepared, writes, cluster, metadata } = this.#parts;
    const { values, churned, changesDefinition } = plan;
    const endMs = scope.startMs + plan.writesEndMs;
    const toggle = changesDefinition ? this.#toggle(scope.startMs + plan.changesEndMs) : undefined;
    await this.#all([
      churned.size === 0 ? undefined : runChurn(undividedPart(scope, { name: "churn", endMs }), {
        creator: metadata,
        cluster,
        types: churned,
        objects: prepared.objects,
        owned: prepared.owned,
        ratePerSec: values["churn-rate"],
        lifetimeMs: values["object-lifetime"],
        maxInFlight: values["max-in-flight"],
        onAnswered: (write) => writes.answered(write),
      }),
      toggle?.run(),
    ]);
    scope.run.mark("writes end");
    if (toggle !== undefined) scope.addFinding(judgeChanges(toggle.changes));
  }

  /** Another generator writes: until all of that has come and gone. */
  async #sitOut(): Promise<void> {
    const scope = this.#scope;
    const { plan: { values, writesEndMs, changesDefinition }, cluster } = this.#parts;
    const endMs = scope.startMs + writesEndMs + values["object-lifetime"];
    const wallMs = wallTimer(scope.clock);
    await this.#all([
      scope.clock.sleepUntil(endMs, scope.stopping),
      changesDefinition
        ? watchDefinition(partOf(scope, { name: "definition", endMs }), {
          cluster,
          onChanged: (agoMs) => this.#fleet?.disturbed(FOO_TYPE, wallMs() - agoMs),
        })
        : undefined,
    ]);
  }

  #toggle(endMs: number): CrdToggle {
    const { plan: { values }, cluster, steve } = this.#parts;
    const wallMs = wallTimer(this.#scope.clock);
    return new CrdToggle(undividedPart(this.#scope, { name: "definition", endMs }), {
      cluster,
      steve,
      periodMs: values["crd-period"],
      onChanged: (variant) => {
        this.#scope.run.mark(`columns ${variant}`);
        this.#fleet?.disturbed(FOO_TYPE, wallMs());
      },
    });
  }

  /** What Steve uses, where the user says where that is to be had. */
  #watchRuntime(): AsyncDisposable {
    const { "steve-pprof": url } = this.#parts.plan.values;
    const { clock, recorder } = this.#scope;
    if (url === undefined || !this.#isWriter) return new AsyncDisposableStack();
    const fetchText = pageFetcher(clock);
    const read = (signal: AbortSignal) => readPageUsage({ url, fetchText }, signal);
    return watchUsage([{ name: STEVE_COMPONENT, read }], {
      clock,
      recorder,
      periodMs: RUNTIME_PERIOD_MS,
      warn: (message) => this.#scope.run.warn("no-usage", message),
      // Under their names from before there were components.
      onRead: (_, usage) => {
        const { goroutines, heapBytes } = usage?.levels ?? {};
        const at = { atMs: clock.now() };
        if (goroutines === undefined || heapBytes === undefined) {
          recorder.count("runtimeFailures", 1, at);
          return;
        }
        recorder.gauge("steveGoroutines", goroutines, at);
        recorder.gauge("steveHeapBytes", heapBytes, at);
      },
    });
  }

  /** Without one of its parts there is no load. */
  #all(parts: Parameters<typeof together>[0]): Promise<void> {
    return together(parts, () => this.#scope.stop("failed"));
  }
}

/** A part that one generator puts on for all of them. */
function undividedPart(scope: LoadScope, part: Parameters<typeof partOf>[1]): LoadContext {
  return { ...partOf(scope, part), share: WHOLE };
}

async function stopped({ clock, stopping }: LoadScope): Promise<void> {
  await clock.sleepUntil(Infinity, stopping);
}
