/**
 * One run of backup between its connections and its report: everything is made ready, then stage by
 * stage. What is made or borrowed is registered to go again before it is there, so that any end of the run
 * takes it back.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import { type RunStage, runStage } from "../../../core/run/run_stage.ts";
import { loadWorkspaces, untilNoneStarts } from "../load/load_workspaces.ts";
import { stopWorkspaces } from "../stop/stop_workspaces.ts";
import type { WorkspaceRef } from "../workspaces/workspace_ref.ts";
import { prepareScene, type Scene, type SceneOptions } from "./scene.ts";
import { stageCalled, type StageName } from "./stages.ts";

/** See the module. @throws {CannotRunError} before any load */
export async function runBackup(run: Run, options: SceneOptions): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const scene = await prepared(run, () => prepareScene(run, { ...options, closing }));
  if (scene === undefined) return;
  options.session.flow.reset(); // getting ready was no load
  const work = new BackupWork(scene, options);
  for (const name of options.plan.stages) {
    await runStage(run, stageCalled(name), async (stage) => {
      stage.begin();
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

class BackupWork {
  readonly #scene: Scene;
  readonly #options: SceneOptions;
  #made: readonly WorkspaceRef[] = [];
  #stopped: readonly WorkspaceRef[] = [];

  constructor(scene: Scene, options: SceneOptions) {
    this.#scene = scene;
    this.#options = options;
  }

  async do(name: StageName, stage: RunStage): Promise<void> {
    switch (name) {
      case "load":
        return await this.#load(stage);
      case "stop":
        return await this.#stop(stage);
    }
  }

  async #load(stage: RunStage): Promise<void> {
    const { plan } = this.#options;
    const { values, load, waitTimeoutMs: timeoutMs } = plan;
    this.#made = await loadWorkspaces(stage, {
      ...this.#scene,
      plan: load,
      readyTimeoutMs: plan.readyTimeoutMs,
      deletesReady: values["delete-devworkspace-after-ready"],
    });
    if (!values["wait-for-ready"] || stage.stopping.aborted) return;
    const { watch } = this.#scene;
    const starting = await untilNoneStarts(stage, { watch, made: this.#made, timeoutMs });
    if (starting === 0) return;
    const message = `${starting} workspaces were still starting after --wait-timeout`;
    this.#scene.run.warn("still-starting", message);
  }

  async #stop(stage: RunStage): Promise<void> {
    const { plan: { load: { workers }, waitTimeoutMs: timeoutMs } } = this.#options;
    const workspaces = this.#made;
    this.#stopped = await stopWorkspaces(stage, { ...this.#scene, workspaces, workers, timeoutMs });
  }
}
