/**
 * The DevWorkspace Operator's process: its controllers, which begin together and end together. What it
 * knew is forgotten with it, but not what the cluster knows.
 * @module
 */

import { BackupController } from "./backups/backup_controller.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { KubeWriter } from "./kube_writer.ts";
import type { Pace } from "./pace.ts";
import type { OperatorProfile } from "./profile.ts";
import type { DevWorkspaceSettings } from "./settings.ts";
import type { WorkMeter } from "./work_meter.ts";
import { WorkspaceController } from "./workspaces/workspace_controller.ts";

export interface OperatorTools {
  readonly view: ClusterView;
  readonly writer: KubeWriter;
  readonly pace: Pace;
  readonly profile: OperatorProfile;
  /** As they are now. */
  readonly settings: () => DevWorkspaceSettings;
  /** As they are for a tick that begins. */
  readonly settingsOfTick: () => DevWorkspaceSettings;
  readonly work: WorkMeter;
  /** A line of its log. */
  readonly log: (line: string) => void;
  /** Ends the process, which comes back so long after, ms. */
  readonly onKilled: (forMs: number) => void;
}

export class Operator {
  readonly #tools: OperatorTools;
  #ending = new AbortController();

  constructor(tools: OperatorTools) {
    this.#tools = tools;
    this.#ending.abort();
  }

  get isRunning(): boolean {
    return !this.#ending.signal.aborted;
  }

  start(): void {
    if (this.isRunning) return;
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    new WorkspaceController(this.#tools, signal);
    new BackupController(this.#tools, signal);
  }

  /** Nothing that it had begun goes on. */
  stop(): void {
    this.#ending.abort();
  }
}
