/**
 * What does a shell have to know to back up workspaces of a cluster? Pure text.
 * @module
 */

import type { DevWorkspaceState } from "./state.ts";

/** Lines that a shell can evaluate; none without an operator. */
export function devWorkspaceLines(state: DevWorkspaceState | undefined): string {
  if (state === undefined) return "";
  const { namespace, metricsUrl } = state;
  return `export DWO_NAMESPACE=${namespace}
# the operator's metrics: ${metricsUrl}
# a word in the registry's path decides how backups end: slow, hang, invalid; else they succeed
# any credentials do: export QUAY_USERNAME=anyone QUAY_PASSWORD=anything
# try: scaletool backup run --dwo-namespace $DWO_NAMESPACE --max-devworkspaces 5 --backup-schedule "@every 5s" --registry-path registry.test/user
`;
}
