/**
 * Stand-ins for what scaletool puts load on: the commands of this folder, the task of its worker
 * thread, and what makes a Kubernetes command run on one.
 *
 * Frozen, but for what a command sends: a kind is one file of data, and no verb comes in without a
 * command that uses it (docs/design/021).
 * @module
 */

import type { Command } from "../core/command/command.ts";
import type { WorkerTasks } from "../core/run/worker.ts";
import { sandboxCommand } from "./command.ts";
import {
  DEVWORKSPACE_SANDBOX_TASK,
  GATEWAY_SANDBOX_TASK,
  MAAS_SANDBOX_TASK,
  SANDBOX_TASK,
  STEVE_SANDBOX_TASK,
} from "./worker_tasks.ts";

export {
  withDevWorkspaceSandbox,
  withGatewaySandbox,
  withMaasSandbox,
  withSandbox,
  withSteveSandbox,
} from "./with_sandbox.ts";

export const SANDBOX_COMMANDS: readonly Command[] = [sandboxCommand];

export const SANDBOX_WORKER_TASKS: WorkerTasks = {
  [SANDBOX_TASK]: async () => (await import("./sandbox_task.ts")).sandboxTask,
  [STEVE_SANDBOX_TASK]: async () => (await import("./steve_task.ts")).steveSandboxTask,
  [GATEWAY_SANDBOX_TASK]: async () => (await import("./gateway_task.ts")).gatewaySandboxTask,
  [MAAS_SANDBOX_TASK]: async () => (await import("./maas_task.ts")).maasSandboxTask,
  [DEVWORKSPACE_SANDBOX_TASK]: async () =>
    (await import("./devworkspace_task.ts")).devWorkspaceSandboxTask,
};
