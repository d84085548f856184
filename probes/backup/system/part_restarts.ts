/**
 * Does a part of the system stay up? Watches its pods, so that nothing between two looks is missed:
 * counts what begins anew, and the time in which none of them is ready. Where there are no such pods,
 * or they cannot be watched to the end, nothing is said to have stayed up.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { isReadyPod } from "../../../kube/pod_status.ts";
import { PODS } from "../../../kube/resource.ts";
import { ObjectWatch } from "../../../kube/watch/object_watch.ts";
import type { SystemPart } from "./flags.ts";
import type { PartPods } from "./part_pods.ts";
import { type Restart, RestartBook, restartText } from "./restart_book.ts";

/** Tagged {component}. */
export const RESTARTS = "componentRestarts";
export const OOM_KILLS = "componentOomKills";
export const AWAY_MS = "componentAwayMs";
const COUNTERS = [RESTARTS, OOM_KILLS, AWAY_MS];

/** Ms of the run's clock. */
export interface Away {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface PartRestartsOptions {
  readonly cluster: Cluster;
  readonly pods: PartPods;
  /** Called for each, at a time of the run's clock. */
  readonly onRestart?: ((atMs: number) => void) | undefined;
  /** Called when it is back. */
  readonly onAway?: ((away: Away) => void) | undefined;
}

const MOST_TOLD = 5;

/** See the module. Dispose it to end the watch. */
export class PartRestarts implements AsyncDisposable {
  readonly #run: Run;
  readonly #options: PartRestartsOptions;
  readonly #book: RestartBook;
  readonly #tags: { readonly component: SystemPart };
  #watch: ObjectWatch | undefined;
  /** Why its pods cannot be watched any more; undefined: they are. */
  #lost: OperationFailedError | undefined;
  #isBegun = false;
  #awaySinceMs: number | undefined;
  #count = 0;
  #toldCount = 0;

  private constructor(run: Run, options: PartRestartsOptions) {
    this.#run = run;
    this.#options = options;
    this.#book = new RestartBook(options.pods.container);
    this.#tags = { component: options.pods.part };
  }

  static async watch(run: Run, options: PartRestartsOptions): Promise<PartRestarts> {
    const restarts = new PartRestarts(run, options);
    try {
      await restarts.#open();
    } catch (thrown) {
      run.stopping.throwIfAborted();
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      restarts.#unknown(messageOf(thrown));
    }
    return restarts;
  }

  /** So many began anew or were replaced. */
  get count(): number {
    return this.#count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch?.[Symbol.asyncDispose]();
    this.#back();
    if (this.#lost !== undefined) this.#tellLost(this.#lost);
  }

  async #open(): Promise<void> {
    const { cluster, pods: { part, namespace, labelSelector, isOne } } = this.#options;
    const { clock, rng, stopping: signal } = this.#run;
    const see = ({ after }: { after: KubeObject }) => {
      if (this.#isBegun && isOne(after.metadata)) this.#told(this.#book.see(after));
    };
    const watch = await ObjectWatch.open(cluster, {
      resource: PODS,
      selection: labelSelector === undefined ? { namespace } : { namespace, labelSelector },
      clock,
      rng: rng.fork(`pods of ${part}`),
      signal,
      onWrite: see,
      onFound: see,
      onActivity: (activity) => {
        if (activity.kind === "failed") this.#lost = activity.error;
        else if (activity.kind === "watching") this.#lost = undefined;
      },
      onGone: (pod) => this.#isBegun && isOne(pod.metadata) && this.#told(this.#book.gone(pod)),
    });
    this.#watch = watch;
    const found = this.#pods();
    for (const pod of found) this.#book.begin(pod);
    this.#isBegun = true;
    if (found.length === 0) return this.#unknown(`it has no pods in namespace "${namespace}"`);
    this.#run.addFact(`${part} pods`, found.map(objectKey).sort().join(", "));
    this.#run.declare(COUNTERS.map((name) => ({ name, tags: this.#tags })));
    this.#look();
  }

  #pods(): KubeObject[] {
    const pods = [...this.#watch!.keys()].flatMap((key) => this.#watch!.get(key) ?? []);
    return pods.filter(({ metadata }) => this.#options.pods.isOne(metadata));
  }

  #told(restarts: readonly Restart[]): void {
    const atMs = this.#run.clock.now();
    const { recorder } = this.#run;
    for (const restart of restarts) {
      this.#count += restart.count;
      recorder.count(RESTARTS, restart.count, { atMs, tags: this.#tags });
      if (restart.reason === "OOMKilled") recorder.count(OOM_KILLS, 1, { atMs, tags: this.#tags });
      this.#say(restart);
      this.#options.onRestart?.(atMs);
    }
    this.#look();
  }

  #say(restart: Restart): void {
    const { part } = this.#options.pods;
    this.#run.mark(`${part} restarted`);
    if (++this.#toldCount > MOST_TOLD) return;
    const more = this.#toldCount === MOST_TOLD ? "; further ones are counted and not told" : "";
    this.#run.warn("component-restarted", `${part}: ${restartText(restart)}${more}`);
  }

  /** A change of what is ready begins or ends a stretch. */
  #look(): void {
    if (this.#watch === undefined || !this.#isBegun) return;
    if (this.#pods().some(isReadyPod)) this.#back();
    else this.#awaySinceMs ??= this.#run.clock.now();
  }

  #back(): void {
    const fromMs = this.#awaySinceMs;
    if (fromMs === undefined) return;
    this.#awaySinceMs = undefined;
    const untilMs = this.#run.clock.now();
    this.#run.recorder.count(AWAY_MS, untilMs - fromMs, { atMs: untilMs, tags: this.#tags });
    this.#options.onAway?.({ fromMs, untilMs });
  }

  #unknown(why: string): void {
    const { part } = this.#options.pods;
    this.#run.addFact(`${part} pods`, "unknown");
    const message =
      `Whether ${part} stays up is not known, and no threshold on its restarts is met: ` +
      why;
    this.#run.warn("component-unknown", message);
  }

  /** Restarts up to then were counted; that there were none after it is not known. */
  #tellLost(error: OperationFailedError): void {
    const { part } = this.#options.pods;
    this.#run.addFinding({
      subject: `pods of ${part} are watched`,
      verdict: "inconclusive",
      observed: null,
      limit: "to the end",
      reason: `the watch was lost: ${error.message}`,
    });
  }
}
