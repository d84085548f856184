/** May this user do what a run does? @module */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { Resource } from "../../../kube/resource.ts";
import {
  formatPermission,
  grantCommand,
  missingPermissions,
  type Permission,
  permissionsOf,
  whoAmI,
} from "../../../kube/server/access.ts";
import { check, CheckFailedError } from "./checks.ts";

/** Asks for each right; what a run does without is told, and stands against nothing. */
export async function checkRights(
  run: Run,
  { cluster, rights }: { readonly cluster: Cluster; readonly rights: readonly NeededRight[] },
): Promise<void> {
  const { stopping: signal } = run;
  const ask = (some: readonly NeededRight[]) => permissionsOf(some, (kind) => kind as Resource);
  const required = ask(rights.filter(({ onlyFor }) => onlyFor === undefined));
  await check(run, {
    subject: "this user may do what a run does",
    observed: () => `${required.length} of ${required.length}`,
  }, async () => {
    const missing = await missingPermissions(cluster, required, { signal });
    if (missing.length === 0) return;
    const user = await whoAmI(cluster, { signal });
    throw new CheckFailedError(
      `${required.length - missing.length} of ${required.length}`,
      `${missingText(missing)}; grant it with: ${grantCommand(missing, user)}`,
    );
  });
  const useful = Map.groupBy(rights.filter(({ onlyFor }) => onlyFor), ({ onlyFor }) => onlyFor!);
  for (const [onlyFor, some] of useful) {
    const missing = await missingPermissions(cluster, ask(some), { signal });
    if (missing.length > 0) {
      run.warn("rights-missing", `Only for ${onlyFor}: ${missingText(missing)}`);
    }
  }
}

export function missingText(missing: readonly Permission[]): string {
  return `may not ${missing.map(formatPermission).join(", ")}`;
}
