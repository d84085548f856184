/** What the parts of the cluster work with that are not the operator's. @module */

import type { ClusterView } from "../cluster_view.ts";
import type { KubeWriter } from "../kube_writer.ts";
import type { Pace } from "../pace.ts";
import type { Registry } from "../registry.ts";
import type { DevWorkspaceSettings } from "../settings.ts";

export interface ClusterTools {
  /** Empty yet when its listeners come. */
  readonly view: ClusterView;
  readonly writer: KubeWriter;
  readonly pace: Pace;
  readonly registry: Registry;
  /** As they are now. */
  readonly settings: () => DevWorkspaceSettings;
  /** As they are for the pod of a backup that begins. */
  readonly settingsOfBackup: () => DevWorkspaceSettings;
  /** Ends everything. */
  readonly signal: AbortSignal;
}
