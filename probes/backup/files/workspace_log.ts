/** The workspaces of a run as they were seen, and those that failed. Fed by whoever watches them. @module */

import { hasFailed, workspaceStatusOf } from "../../../kube/devworkspace/workspace.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import type { FailedWorkspace } from "./failure_report.ts";
import { WatchLog } from "./watch_log.ts";

export class WorkspaceLog {
  readonly #log = new WatchLog(["NAMESPACE", "NAME", "DEVWORKSPACE ID", "PHASE", "INFO"]);
  /** What was last told of each. */
  readonly #told = new Map<string, string>();
  readonly #failed = new Map<string, FailedWorkspace>();

  /** A workspace as it is now; what a row does not show is no change. */
  see(workspace: KubeObject): void {
    const { namespace = "", name = "" } = workspace.metadata;
    const status = workspaceStatusOf(workspace);
    const { id = "", phase = "", message } = status;
    const key = objectKey(workspace);
    const told = JSON.stringify([id, phase, message]);
    if (this.#told.get(key) === told) return;
    this.#told.set(key, told);
    this.#log.add(namespace, name, id, phase, message);
    // The last words of a failure stay: that of a workspace which was stopped for it is "Stopped".
    if (hasFailed(status)) this.#failed.set(key, { namespace, name, phase, message });
    else if (phase === "Running") this.#failed.delete(key);
  }

  /** Each as it was when it failed, unless it runs again. */
  get failed(): readonly FailedWorkspace[] {
    return [...this.#failed.values()];
  }

  text(): string {
    return this.#log.text();
  }
}
