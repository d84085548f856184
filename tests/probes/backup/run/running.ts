/** A run of backup in a world of its own. */

import type { BackupFlags } from "../../../../probes/backup/flags.ts";
import { runCommand } from "../../../../probes/backup/run/command.ts";
import { backupPlan } from "../../../../probes/backup/run/backup_plan.ts";
import { runBackup } from "../../../../probes/backup/run/run_backup.ts";
import { invocationOf } from "../../gateway/invocation.ts";
import type { BackupWorld } from "../backup_world.ts";

/** As typed behind `backup run`; the namespace is `ws`. */
export function typed(...args: readonly string[]) {
  return invocationOf<BackupFlags>(runCommand, ["--namespace", "ws", ...args], { group: "backup" });
}

/** Its work, to its end; what it made is still there. */
export async function ran(
  world: BackupWorld,
  args: readonly string[],
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const invocation = await typed(...args);
  const { run, cluster } = world;
  await world.advance(runBackup(run, {
    plan: backupPlan(invocation),
    identity: invocation.identity,
    session: { cluster, flow: { reset() {} }, target: { server: "https://cluster:6443" } },
    say: () => {},
    env: (name) => env[name],
  }));
  run.rotate();
}
