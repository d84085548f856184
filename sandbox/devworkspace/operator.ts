/**
 * The DevWorkspace Operator's process: its controllers, which begin together and end together. What it
 * knew is forgotten with it, but not what the cluster knows.
 * @module
 */

import { BackupController } from "./backups/backup_controller.ts";
import type { OperatorTools } from "./operator_tools.ts";
import { WorkspaceController } from "./workspaces/workspace_controller.ts";

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
