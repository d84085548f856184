/**
 * Ticks as the global config says. It is read anew when its block about backups changes, and then
 * alone; nothing keeps a tick from beginning while another one goes on.
 * Source: devfile/devworkspace-operator, controllers/backupcronjob; robfig/cron v3.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { messageOf } from "../../../core/errors.ts";
import {
  type BackupCronJob,
  backupCronJobOf,
  lastBackupTimeOf,
} from "../../../kube/devworkspace/operator_config.ts";
import { parseSchedule, type Schedule } from "../../../kube/devworkspace/schedule/schedule.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { GLOBAL_CONFIG_KEY } from "../config.ts";
import type { OperatorTools } from "../operator_tools.ts";
import { followOutcomes } from "./backup_outcome.ts";
import { type CapturedConfig, runTick } from "./backup_tick.ts";

export class BackupController {
  readonly #tools: OperatorTools;
  readonly #signal: AbortSignal;
  /** As it was read last; undefined: there is none. */
  #block: BackupCronJob | undefined;
  #cancelNext = () => {};
  /** Lets the last tick know that there is another one. */
  #tellLastTick = () => {};

  /** @param signal ends it, in the middle of a tick as well */
  constructor(tools: OperatorTools, signal: AbortSignal) {
    this.#tools = tools;
    this.#signal = signal;
    const { configs } = tools.view;
    configs.listen(({ key, after }) => {
      if (key === GLOBAL_CONFIG_KEY) this.#read(after);
    }, { signal });
    signal.addEventListener("abort", () => this.#cancelNext(), { once: true });
    followOutcomes(tools, signal);
    this.#read(configs.get(GLOBAL_CONFIG_KEY));
  }

  #read(config: KubeObject | undefined): void {
    const block = config && backupCronJobOf(config);
    if (isDeepStrictEqual(block, this.#block)) return;
    this.#block = block;
    // A tick that goes on goes on.
    this.#cancelNext();
    if (config === undefined || block === undefined || !block.enable) return;
    const lastTickMs = Date.parse(lastBackupTimeOf(config) ?? "");
    const captured = { block, lastTickMs: Number.isNaN(lastTickMs) ? undefined : lastTickMs };
    const schedule = this.#scheduleOf(block);
    if (schedule !== undefined) this.#tickNext(schedule, captured);
  }

  #scheduleOf({ schedule = this.#tools.profile.defaultSchedule }: BackupCronJob) {
    try {
      return parseSchedule(schedule);
    } catch (error) {
      this.#tools.log(`Failed to add DevWorkspace backup cron schedule: ${messageOf(error)}`);
      return undefined;
    }
  }

  #tickNext(schedule: Schedule, captured: CapturedConfig, lastMs = -Infinity): void {
    const { clock } = this.#tools.pace;
    const wallMs = clock.wallNow().getTime();
    // The clock on the wall may lag a little behind the one that has woken it.
    const atMs = schedule.nextAfter(Math.max(wallMs, lastMs));
    if (atMs === undefined) return;
    this.#cancelNext = clock.callAt(clock.now() + atMs - wallMs, () => {
      this.#tick(captured);
      this.#tickNext(schedule, captured, atMs);
    });
  }

  #tick(captured: CapturedConfig): void {
    const { promise: nextTick, resolve } = Promise.withResolvers<void>();
    const around = { nextTick, signal: this.#signal };
    void runTick(this.#tools, captured, around)
      .catch((error) => this.#tools.log(`Backup job ended: ${messageOf(error)}`));
    this.#tellLastTick();
    this.#tellLastTick = resolve;
  }
}
