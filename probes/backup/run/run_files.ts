/**
 * The files that the scripts of the field write of a run: what they need is gathered while it goes on, and
 * they are written at its end, however that comes.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { BackupWatch } from "../accounting/watch_backups.ts";
import type { BackupsData } from "../files/backup_data.ts";
import { writeBackupFiles } from "../files/backup_files.ts";
import { logsDirectory } from "../files/logs_directory.ts";
import { followPodEvents, PodEventLog } from "../files/pod_events.ts";
import { WorkspaceLog } from "../files/workspace_log.ts";
import type { BackupPlan } from "./backup_plan.ts";
import { workspacesPlace } from "./needs.ts";

/** What has been seen of them. */
interface SeenBackups {
  readonly backups: BackupWatch | undefined;
  readonly podMeans: BackupsData["podMeans"];
}

/** See the module. */
export class RunFiles {
  readonly #run: Run;
  readonly #plan: BackupPlan;
  readonly #startedAt: Date;
  readonly #workspaces = new WorkspaceLog();
  readonly #events = new PodEventLog();

  constructor(run: Run, plan: BackupPlan) {
    this.#run = run;
    this.#plan = plan;
    this.#startedAt = run.clock.wallNow();
  }

  /** A workspace as it is now. */
  see(workspace: KubeObject): void {
    this.#workspaces.see(workspace);
  }

  /** Follows events of pods until it is disposed. */
  follow(cluster: ClusterReader): AsyncDisposable {
    const ours = new Set(this.#plan.places.workspaceNamespaces);
    return followPodEvents(this.#run, cluster, {
      log: this.#events,
      isOurs: (namespace) => ours.has(namespace),
      ...workspacesPlace(this.#plan),
    });
  }

  /** @param server what the run went to */
  write(server: string, { backups, podMeans }: SeenBackups): void {
    const { directory, id, clock, wallOffsetMs, hasBegun } = this.#run;
    const { values } = this.#plan;
    const folder = directory === undefined ? values["logs-dir"] : logsDirectory(values, directory);
    if (folder === undefined || !hasBegun) return;
    this.#run.rotate(); // what was measured last
    const failure = writeBackupFiles(folder, {
      name: id,
      target: server,
      hasSeparateNamespaces: values["separate-namespaces"],
      startedAt: this.#startedAt,
      wallOf: (atMs) => new Date(atMs + wallOffsetMs),
      nowMs: clock.now(),
      totals: this.#run.live,
      backups: backups && this.#backupsOf(backups, podMeans),
      failed: this.#workspaces.failed,
      workspaceLog: this.#workspaces.text(),
      eventLog: this.#events.text(),
    });
    if (failure !== undefined) this.#run.warn("files-not-written", failure);
  }

  #backupsOf(
    { book, logs, patterns }: BackupWatch,
    podMeans: SeenBackups["podMeans"],
  ): BackupsData {
    return {
      configType: this.#plan.configuration?.type ?? "correct",
      workspaces: book.workspaces,
      podLogs: logs,
      errorPatterns: patterns.all,
      podMeans,
    };
  }
}
