/**
 * What does the operator's pod say of its container: that it runs, or why it does not, and how often it
 * was started again?
 * Source: Kubernetes API reference, ContainerStatus.
 * @module
 */

import { PODS } from "../../kube/resource.ts";
import { timestamp } from "../kubernetes/api_state.ts";
import { ended, podStatus, running, waiting } from "./cluster/pod_status.ts";
import type { ClusterTools } from "./cluster/tools.ts";
import { OPERATOR_POD } from "./installation.ts";
import { systemPodObject } from "./start_objects.ts";

/** Of a process that was killed by signal 9. */
const KILLED = 137;

export class OperatorPod {
  readonly #tools: ClusterTools;
  #restarts = 0;
  #startedAt: string;

  constructor(tools: ClusterTools) {
    this.#tools = tools;
    this.#startedAt = timestamp(tools.pace);
  }

  async sayKilled(): Promise<void> {
    await this.#say(false);
  }

  async sayBack(): Promise<void> {
    this.#restarts++;
    await this.#say(true);
    this.#startedAt = timestamp(this.#tools.pace);
  }

  async #say(isReady: boolean): Promise<void> {
    const { view, writer, pace } = this.#tools;
    const { namespace, name } = OPERATOR_POD;
    const known = view.pods.get(`${namespace}/${name}`);
    if (known === undefined) return;
    const pod = { ...systemPodObject(OPERATOR_POD), metadata: known.metadata };
    const now = timestamp(pace);
    const containers = isReady ? running(now) : waiting("CrashLoopBackOff");
    const status = podStatus(pod, {
      phase: "Running",
      containers,
      lastState: ended(KILLED, { startedAt: this.#startedAt, now }),
      restarts: this.#restarts,
      isReady,
      now,
    });
    await writer.patchStatus(PODS, { namespace, name }, status);
  }
}
