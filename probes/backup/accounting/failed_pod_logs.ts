/**
 * What did failed pods say? Reads the end of their logs before they vanish, two minutes after their
 * Job has ended. Bounded in number and size, and without the secrets that it is told of.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { BACKUP_CONTAINER } from "../../../kube/devworkspace/words.ts";
import { readPodLog } from "../../../kube/pod_log.ts";
import { withoutSecrets } from "../logs/without_secrets.ts";

export interface FailedPodLog {
  readonly namespace: string;
  readonly pod: string;
  readonly job: string;
  /** Its last lines; undefined: it could not be read. */
  readonly text: string | undefined;
  /** Why it could not; empty: it could. */
  readonly error: string;
}

interface FailedPodLogsOptions {
  readonly cluster: Cluster;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Texts that must not stand in a log: passwords, and how they are encoded. */
  readonly secrets?: readonly string[];
  /** @default 100 */
  readonly mostPods?: number;
  /** Called with each as it has been read. */
  readonly onLog?: (log: FailedPodLog) => void;
}

const MOST_PODS = 100;
const LINES = 50;
const MOST_LETTERS = 16_384;
/** The server cuts off the end, which says most: so it is asked for more. */
const MOST_BYTES = 262_144;
const AT_ONCE = 4;

/** See the module. */
export class FailedPodLogs {
  readonly #options: FailedPodLogsOptions;
  readonly #seen = new Set<string>();
  readonly #waiting: Omit<FailedPodLog, "text" | "error">[] = [];
  readonly #logs: FailedPodLog[] = [];
  #reading: Promise<void> | undefined;
  #left = 0;

  constructor(options: FailedPodLogsOptions) {
    this.#options = options;
  }

  /** In the order in which they were read. */
  get all(): readonly FailedPodLog[] {
    return this.#logs;
  }

  /** Pods whose logs were not asked for, because there were too many. */
  get left(): number {
    return this.#left;
  }

  /** Of a pod once. */
  keep({ uid, ...pod }: Omit<FailedPodLog, "text" | "error"> & { readonly uid: string }): void {
    if (this.#seen.has(uid)) return;
    const { mostPods = MOST_PODS, signal } = this.#options;
    if (signal.aborted) return;
    if (this.#seen.size >= mostPods) return void this.#left++;
    this.#seen.add(uid);
    this.#waiting.push(pod);
    this.#reading ??= this.#read();
  }

  /** Resolves when all that was asked for has been read. */
  async idle(): Promise<void> {
    while (this.#reading !== undefined) await this.#reading;
  }

  async #read(): Promise<void> {
    while (this.#waiting.length > 0) {
      await eachAtMost(this.#waiting.splice(0), (pod) => this.#readOne(pod), { limit: AT_ONCE });
    }
    this.#reading = undefined;
  }

  async #readOne(pod: Omit<FailedPodLog, "text" | "error">): Promise<void> {
    const { cluster, signal, onLog } = this.#options;
    if (signal.aborted) return;
    let log: FailedPodLog;
    try {
      const text = await readPodLog(cluster, { namespace: pod.namespace, name: pod.pod }, {
        container: BACKUP_CONTAINER,
        tailLines: LINES,
        limitBytes: MOST_BYTES,
        signal,
      });
      log = { ...pod, text: this.#kept(text), error: "" };
    } catch (thrown) {
      if (signal.aborted) return;
      log = { ...pod, text: undefined, error: this.#kept(messageOf(thrown)) };
    }
    this.#logs.push(log);
    onLog?.(log);
  }

  #kept(text: string): string {
    return withoutSecrets(text, this.#options.secrets ?? []).slice(-MOST_LETTERS);
  }
}
