/** What the operator's controllers work with. @module */

import type { ClusterView } from "./cluster_view.ts";
import type { KubeWriter } from "./kube_writer.ts";
import type { Pace } from "./pace.ts";
import type { OperatorProfile } from "./profile.ts";
import type { DevWorkspaceSettings } from "./settings.ts";
import type { WorkMeter } from "./work_meter.ts";

export interface OperatorTools {
  readonly view: ClusterView;
  readonly writer: KubeWriter;
  readonly pace: Pace;
  readonly profile: OperatorProfile;
  /** As they are now. */
  readonly settings: () => DevWorkspaceSettings;
  /** As they are for a tick that begins. */
  readonly settingsOfTick: () => DevWorkspaceSettings;
  readonly work: WorkMeter;
  /** A line of its log. */
  readonly log: (line: string) => void;
  /** Ends the process, which comes back so long after, ms. */
  readonly onKilled: (forMs: number) => void;
}
