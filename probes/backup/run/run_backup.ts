/**
 * One run of backup between its connections and its report: everything is made ready, then stage by
 * stage. What is made or borrowed is registered to go again before it is there, so that any end of the run
 * takes it back.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { given } from "../../../core/given.ts";
import type { Run } from "../../../core/run/run.ts";
import { type RunStage, runStage } from "../../../core/run/run_stage.ts";
import { hasFailed } from "../../../kube/devworkspace/workspace.ts";
import { tickStartOf } from "../accounting/tick_start.ts";
import { type BackupWatch, watchBackups } from "../accounting/watch_backups.ts";
import { borrowConfig, type BorrowedConfig } from "../configure/borrow_config.ts";
import { checkBackups } from "../configure/check_backups.ts";
import type { Configuration } from "../configure/configuration.ts";
import { secretTexts } from "../configure/docker_config.ts";
import { credentialsIn } from "../configure/registry_secret.ts";
import { tellOfFailed } from "../load/failed_workspaces.ts";
import { loadWorkspaces, untilNoneStarts } from "../load/load_workspaces.ts";
import { READY_OP } from "../load/measured.ts";
import { type Markers, writeMarkers } from "../restore/marker.ts";
import { RESTORE_OP } from "../restore/measured.ts";
import { restoreOrder, restoreSample } from "../restore/restore_sample.ts";
import { STOPPED_OP } from "../stop/measured.ts";
import { stopWorkspaces } from "../stop/stop_workspaces.ts";
import { systemSources } from "../system/flags.ts";
import type { Away } from "../system/part_restarts.ts";
import { type SystemWatch, watchSystem } from "../system/watch_system.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import { workspacesPlace } from "./needs.ts";
import { countRepeatedJobs } from "./jobs_range.ts";
import { registryOf } from "./registry_of.ts";
import { RunFiles } from "./run_files.ts";
import { backupProgressText, doneText } from "./progress_text.ts";
import { prepareScene, type Scene, type SceneOptions } from "./scene.ts";
import { stageCalled, type StageName } from "./stages.ts";
import { tellOfBackups } from "./verify.ts";

/** See the module. @throws {CannotRunError} before any load */
export async function runBackup(run: Run, options: SceneOptions): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const files = new RunFiles(run, options.plan);
  const work = await prepared(run, () => readyWork(run, { ...options, closing, files }));
  if (work === undefined) return;
  options.session.flow.reset(); // getting ready was no load
  for (const name of options.plan.stages) {
    if (work.isOver) break;
    await runStage(run, stageCalled(name), async (stage) => {
      await stage.begin();
      await work.do(name, stage);
    });
  }
}

/** Undefined if the run was stopped meanwhile. */
async function prepared<T>(run: Run, prepare: () => Promise<T>): Promise<T | undefined> {
  try {
    return await prepare();
  } catch (thrown) {
    if (run.stopping.aborted) return undefined;
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    const message = `The server does not let the probe begin: ${thrown.message}`;
    throw new CannotRunError(message, { cause: thrown });
  }
}

async function readyWork(run: Run, options: WorkOptions): Promise<BackupWork> {
  const { plan, session: { cluster, target }, closing, files } = options;
  const { values } = plan;
  const work = new BackupWork(await prepareScene(run, options), options);
  closing.defer(() => work.writeFiles(target.server));
  closing.use(files.follow(cluster));
  const system = await watchSystem(run, {
    cluster,
    operatorNamespace: values["dwo-namespace"],
    ...workspacesPlace(plan),
    periodMs: values["usage-period"],
    sources: systemSources(values),
    onOperatorRestart: (atMs) => work.operatorRestarted(atMs),
    onOperatorAway: (away) => work.operatorAway(away),
  });
  closing.use(system);
  work.system = system;
  return work;
}

type WorkOptions = SceneOptions & {
  readonly closing: AsyncDisposableStack;
  readonly files: RunFiles;
};

/** What each stage does, and what one leaves to the next. */
class BackupWork {
  /** Undefined: it is not watched yet. */
  system: SystemWatch | undefined;
  readonly #scene: Scene;
  readonly #options: WorkOptions;
  /** What is left to do would be for nobody. */
  isOver = false;
  #made: readonly WorkspaceRef[] = [];
  #backups: BackupWatch | undefined;
  #markers: Markers = new Map();
  #loan: BorrowedConfig | undefined;

  constructor(scene: Scene, options: WorkOptions) {
    this.#scene = scene;
    this.#options = options;
  }

  writeFiles(server: string): void {
    const podMeans = this.system?.backupPods;
    this.#options.files.write(server, { backups: this.#backups, podMeans });
  }

  operatorRestarted(atMs: number): void {
    this.#backups?.book.operatorRestarted(atMs);
  }

  operatorAway({ fromMs, untilMs }: Away): void {
    this.#backups?.book.operatorAway(fromMs);
    this.#backups?.book.operatorBack(untilMs);
  }

  async do(name: StageName, stage: RunStage): Promise<void> {
    const work: Readonly<Record<StageName, (stage: RunStage) => Promise<void>>> = {
      load: () => this.#load(stage),
      stop: () => this.#stop(stage),
      configure: () => this.#configure(),
      watch: () => this.#watch(stage),
      verify: () => this.#verify(),
      restore: () => this.#restore(stage),
      "give back": () => this.#giveBack(),
    };
    await work[name](stage);
  }

  async #load(stage: RunStage): Promise<void> {
    const { plan } = this.#options;
    const { values, load } = plan;
    const of = load.lastsMs < Infinity ? Infinity : load.count;
    stage.showProgress(() => doneText(stage, { op: READY_OP, of, what: "ready" }));
    this.#made = await loadWorkspaces(stage, {
      ...this.#scene,
      plan: load,
      readyTimeoutMs: plan.readyTimeoutMs,
      deletesReady: values["delete-devworkspace-after-ready"],
    });
    if (stage.stopping.aborted) return;
    if (values["wait-for-ready"]) await this.#waitForReady(stage);
    const { configuration, run, watch } = this.#scene;
    tellOfFailed(run, { watch, made: this.#made });
    if (configuration === undefined) return;
    if (this.#running().length === 0) return this.#endWithout(run);
    // Before anything is stopped or configured, so that nothing of it is missed.
    await this.#openBackups(configuration);
    if (values["restore-marker"]) await this.#mark(stage);
  }

  /** As they are now. */
  #running(): WorkspaceRef[] {
    return this.#scene.watch.those(this.#made, ({ phase }) => phase === "Running");
  }

  #endWithout(run: Run): void {
    this.isOver = true;
    const message =
      "No workspace runs: nothing is stopped, backed up or restored, and the operator's " +
      "backups stay as they are";
    run.warn("none-runs", message);
  }

  async #waitForReady(stage: RunStage): Promise<void> {
    const { watch, run } = this.#scene;
    const { waitTimeoutMs: timeoutMs } = this.#options.plan;
    const starting = await untilNoneStarts(stage, { watch, made: this.#made, timeoutMs });
    if (starting === 0) return;
    run.warn("still-starting", `${starting} workspaces were still starting after --wait-timeout`);
  }

  async #openBackups(configuration: Configuration): Promise<void> {
    const { run, cluster } = this.#scene;
    const { plan: { values }, closing, env } = this.#options;
    const credentials = credentialsIn(env);
    this.#backups = closing.use(
      await watchBackups(run, {
        cluster,
        operatorNamespace: values["dwo-namespace"],
        refs: this.#made,
        configuration,
        tickStartOf: tickStartOf(configuration),
        secrets: credentials === undefined ? [] : secretTexts(credentials),
      }),
    );
  }

  /** Those that may be restored, while they run. */
  async #mark(stage: RunStage): Promise<void> {
    const { run, cluster } = this.#scene;
    const { plan: { values, restores }, session: { exec } } = this.#options;
    if (!restores || exec === undefined) {
      const why = restores ? "a simulation has no pods to write it into" : "nothing is restored";
      run.warn("no-marker", `--restore-marker has no effect: ${why}`);
      return;
    }
    const first = restoreOrder(stage, this.#running()).slice(0, values["max-restore-samples"]);
    this.#markers = await writeMarkers(stage, first, { cluster, exec });
  }

  async #stop(stage: RunStage): Promise<void> {
    const { plan: { load: { workers }, waitTimeoutMs: timeoutMs } } = this.#options;
    const workspaces = this.#made;
    const of = workspaces.length;
    stage.showProgress(() => doneText(stage, { op: STOPPED_OP, of, what: "stopped" }));
    if (this.#loan === undefined) await this.#check();
    await stopWorkspaces(stage, { ...this.#scene, workspaces, workers, timeoutMs });
  }

  /** Whether each workspace could be backed up: what is missed once is never made up for. */
  async #check(): Promise<void> {
    const { run, cluster, configuration, watch } = this.#scene;
    const { plan: { values, backupWaitMs: waitMs } } = this.#options;
    if (configuration === undefined) return;
    const operatorNamespace = values["dwo-namespace"];
    const workspaces = watch.those(this.#made, (status) => !hasFailed(status));
    await checkBackups(run, { cluster, operatorNamespace, configuration, workspaces, waitMs });
  }

  async #configure(): Promise<void> {
    const { configuration, run, cluster, footprint, borrowed } = this.#scene;
    const { plan: { values }, identity } = this.#options;
    if (configuration === undefined) return;
    await this.#check();
    const operatorNamespace = values["dwo-namespace"];
    const place = { cluster, identity, footprint, borrowed, operatorNamespace };
    this.#loan = await borrowConfig(run, { ...place, configuration });
    this.#backups?.inForce();
  }

  async #giveBack(): Promise<void> {
    await this.#loan?.giveBack();
  }

  async #watch(stage: RunStage): Promise<void> {
    const { plan: { values, backupWaitMs: timeoutMs } } = this.#options;
    const hungAfterMs = values["backup-job-timeout"];
    const { configuration, run } = this.#scene;
    const backups = this.#backups;
    if (backups === undefined || configuration === undefined) return;
    stage.showProgress(() => backupProgressText(backups.book.totals));
    await backups.settled({ timeoutMs, hungAfterMs });
    countRepeatedJobs(run, { book: backups.book, configuration });
  }

  async #verify(): Promise<void> {
    const { configuration, run } = this.#scene;
    if (this.#backups === undefined || configuration === undefined) return;
    tellOfBackups(run, this.#backups, configuration);
    // What is deleted and made again from here on is no backup's business.
    await this.#backups[Symbol.asyncDispose]();
  }

  async #restore(stage: RunStage): Promise<void> {
    const { plan: { values, readyTimeoutMs }, say, env, session: { exec, fetch } } = this.#options;
    const { run, watch, cluster, owned, configuration } = this.#scene;
    if (this.#backups === undefined || configuration === undefined) return;
    const backedUp = this.#backups.book.workspaces
      .filter((workspace) => workspace.outcome === "backed-up" && watch.get(workspace));
    const of = Math.min(backedUp.length, values["max-restore-samples"]);
    stage.showProgress(() => doneText(stage, { op: RESTORE_OP, of, what: "restored" }));
    await restoreSample(stage, {
      ...{ cluster, owned, backedUp, configuration, say },
      isWanted: values["verify-restore"],
      mostSamples: values["max-restore-samples"],
      timeoutMs: readyTimeoutMs,
      markers: this.#markers,
      ...given({ exec, registry: registryOf(run, { configuration, env, fetch }) }),
    });
  }
}
