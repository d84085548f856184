/**
 * A stand-in for the DevWorkspace Operator and for what it needs of a cluster: controllers of Jobs and
 * volumes, a node, a registry, a metrics server. Opens no sockets, reads and writes through an API server
 * alone, and takes its time from a clock that may be virtual.
 * Source: devfile/devworkspace-operator, as PROFILES says.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ApiHandler } from "../faults/fault.ts";
import { timestamp } from "../kubernetes/api_state.ts";
import { PodRunner } from "./cluster/pod_runner.ts";
import type { ClusterTools } from "./cluster/tools.ts";
import { ClusterView } from "./cluster_view.ts";
import { KubeWriter } from "./kube_writer.ts";
import { Operator } from "./operator.ts";
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
}

/** Lines of the operator's log that are kept. */
const LOG_LINES = 1_000;

export class DevWorkspaceStandIn {
  readonly registry = new Registry();
  settings: DevWorkspaceSettings;
  readonly #ending = new AbortController();
  readonly #log: string[] = [];
  readonly #view: ClusterView;
  readonly #operator: Operator;

  private constructor(options: DevWorkspaceStandInOptions) {
    const { kube, clock, rng, profile = NEWEST_PROFILE, settings = SOUND } = options;
    this.settings = settings;
    const { signal } = this.#ending;
    this.#view = new ClusterView(kube, { clock, signal });
    const shared = { view: this.#view, settings: () => this.settings };
    const cluster: ClusterTools = {
      ...shared,
      writer: new KubeWriter(kube, "kube-controller-manager"),
      pace: new Pace({ clock, rng: rng.fork("cluster") }),
      registry: this.registry,
      settingsOfBackup: () => this.settings,
      signal,
    };
    this.#operator = new Operator({
      ...shared,
      writer: new KubeWriter(kube, "devworkspace-controller"),
      pace: new Pace({ clock, rng: rng.fork("operator") }),
      profile: PROFILES[profile],
      settingsOfTick: () => this.settings,
      work: new WorkMeter(),
      log: (line) => this.#say(`${timestamp({ clock })} ${line}`),
      onStopped: () => Promise.resolve(),
      onKilled: () => {},
    });
    new PodRunner(cluster);
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

  /** The operator's, the newest last. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Nothing that it had begun goes on. */
  close(): void {
    this.#ending.abort();
    this.#operator.stop();
  }

  #say(line: string): void {
    this.#log.push(line);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }
}
