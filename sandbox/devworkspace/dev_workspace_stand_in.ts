/**
 * A stand-in for the DevWorkspace Operator and for what it needs of a cluster: controllers of Jobs and
 * volumes, a node, a registry, a metrics server. Opens no sockets, reads and writes through an API server
 * alone, and takes its time from a clock that may be virtual.
 * Source: devfile/devworkspace-operator, at the releases of profile.ts.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ApiHandler } from "../faults/fault.ts";
import type { FaultHits } from "../faults/fault_chain.ts";
import { SettingsFaultChain } from "../faults/settings_fault_chain.ts";
import { timestamp } from "../kubernetes/api_state.ts";
import { JobController } from "./cluster/job_controller.ts";
import { MetricsServer } from "./cluster/metrics_server.ts";
import { PodRunner } from "./cluster/pod_runner.ts";
import type { ClusterTools } from "./cluster/tools.ts";
import { ClusterView } from "./cluster_view.ts";
import type { DevWorkspaceConcern } from "./faults/dev_workspace_fault.ts";
import type { DevWorkspaceFaultSpec } from "./faults/fault_spec.ts";
import { KubeWriter } from "./kube_writer.ts";
import { Operator } from "./operator.ts";
import { OperatorPod } from "./operator_pod.ts";
import { Pace } from "./pace.ts";
import { NEWEST_PROFILE, type ProfileName, PROFILES } from "./profile.ts";
import { Registry } from "./registry.ts";
import { type DevWorkspaceSettings, SOUND } from "./settings.ts";
import { createStartObjects } from "./start_objects.ts";
import { WorkMeter } from "./work_meter.ts";

export interface DevWorkspaceStandInOptions {
  /** The API server, without faults. */
  readonly kube: ApiHandler;
  readonly clock: Clock;
  readonly rng: Rng;
  /** @default the newest */
  readonly profile?: ProfileName;
  /** @default {@link SOUND} */
  readonly settings?: DevWorkspaceSettings;
  readonly faults?: readonly DevWorkspaceFaultSpec[];
}

/** Lines of the operator's log that are kept. */
const LOG_LINES = 1_000;

export class DevWorkspaceStandIn {
  readonly registry = new Registry();
  readonly #ending = new AbortController();
  readonly #log: string[] = [];
  readonly #view: ClusterView;
  readonly #cluster: ClusterTools;
  readonly #faults: SettingsFaultChain<DevWorkspaceSettings, DevWorkspaceConcern>;
  readonly #operator: Operator;
  readonly #operatorPod: OperatorPod;

  private constructor(options: DevWorkspaceStandInOptions) {
    const { kube, clock, rng, settings = SOUND, faults = [] } = options;
    const { signal } = this.#ending;
    this.#faults = new SettingsFaultChain(faults, { clock, settings });
    this.#view = new ClusterView(kube, { clock, signal });
    this.#cluster = {
      view: this.#view,
      writer: new KubeWriter(kube, "kube-controller-manager"),
      pace: new Pace({ clock, rng: rng.fork("cluster") }),
      registry: this.registry,
      settings: () => this.settings,
      settingsOfBackup: () => this.#faults.settingsOf("backup pods"),
      signal,
    };
    const work = new WorkMeter();
    this.#operator = this.#createOperator(options, work);
    this.#operatorPod = new OperatorPod(this.#cluster);
    new PodRunner(this.#cluster);
    new JobController(this.#cluster);
    if (settings.cluster.metricsPeriodMs < Infinity) new MetricsServer(this.#cluster, work);
  }

  /** Resolves when the operator works. */
  static async start(options: DevWorkspaceStandInOptions): Promise<DevWorkspaceStandIn> {
    const { kube, clock, profile = NEWEST_PROFILE, settings = SOUND } = options;
    await createStartObjects(new KubeWriter(kube, "sandbox"), {
      profile: PROFILES[profile],
      hasMetrics: settings.cluster.metricsPeriodMs < Infinity,
      now: timestamp({ clock }),
    });
    const standIn = new DevWorkspaceStandIn(options);
    await standIn.#view.ready();
    standIn.#operator.start();
    return standIn;
  }

  get settings(): DevWorkspaceSettings {
    return this.#faults.settings;
  }

  /** From then on, for what begins. */
  set settings(settings: DevWorkspaceSettings) {
    this.#faults.settings = settings;
  }

  get faultHits(): readonly FaultHits[] {
    return this.#faults.hits;
  }

  /** Of the operator, the newest line last. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Kills the operator's process, and starts it again. @param whileDown done in between */
  async restartOperator(whileDown: () => Promise<void>): Promise<void> {
    this.#operator.stop();
    await this.#operatorPod.sayKilled();
    try {
      await whileDown();
    } finally {
      if (!this.#ending.signal.aborted) {
        await this.#operatorPod.sayBack();
        this.#operator.start();
      }
    }
  }

  /** Nothing that it had begun goes on. */
  close(): void {
    this.#ending.abort();
    this.#operator.stop();
  }

  #createOperator({ kube, clock, rng, profile }: DevWorkspaceStandInOptions, work: WorkMeter) {
    return new Operator({
      view: this.#view,
      writer: new KubeWriter(kube, "devworkspace-controller"),
      pace: new Pace({ clock, rng: rng.fork("operator") }),
      profile: PROFILES[profile ?? NEWEST_PROFILE],
      settings: () => this.settings,
      settingsOfTick: () => this.#faults.settingsOf("ticks"),
      work,
      log: (line) => this.#say(`${timestamp({ clock })} ${line}`),
      onKilled: (forMs) => {
        void this.restartOperator(() => clock.sleepUntil(clock.now() + forMs, this.#ending.signal));
      },
    });
  }

  #say(line: string): void {
    this.#log.push(line);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }
}
