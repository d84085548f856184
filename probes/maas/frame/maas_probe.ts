/**
 * What a maas probe is: everything of it that is known before anything is contacted, and the work that
 * it does on a gateway that answers.
 * @module
 */

import type { PlanSection } from "../../../core/command/dry_run.ts";
import type { Iteration } from "../../../core/load/workload.ts";
import type { Measures } from "../../../core/run/measures.ts";
import type { Run } from "../../../core/run/run.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Say } from "../../../core/say.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { NeededObjects, NeededRight } from "../../../kube/kubernetes_command.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { ChatClient } from "../chat/chat_client.ts";
import type { Question } from "../chat/chat.ts";
import type { MaasTarget } from "../target/target.ts";
import type { AccountUsers, TierCount } from "../users/account_users.ts";

/** See the module. */
export interface MaasProbe extends
  Pick<
    RunPlan,
    | "model"
    | "changes"
    | "mainOperation"
    | "defaultThresholds"
    | "causes"
    | "tables"
    | "k6"
    | "ladder"
    | "classes"
    | "isDivisible"
  > {
  /** As its command is called. */
  readonly name: string;
  readonly measures: Measures;
  /** For `--dry-run`. */
  readonly sections: readonly PlanSection[];
  readonly question: Question;
  /** The most users that each tier will ever have. */
  readonly tiers: readonly TierCount[];
  /** Those that are made before the work; absent: all of them. */
  readonly firstUsers?: readonly TierCount[];
  /** How long users are needed at most; undefined: nobody knows. */
  readonly lastsMs: number | undefined;
  /** Sockets to the gateway, without those of the frame. */
  readonly sockets: number;
  /** What it needs beside users and limits; absent: nothing. */
  readonly rights?: readonly NeededRight[];
  readonly objects?: readonly NeededObjects[];
  readonly work: (scene: Scene) => Promise<void>;
}

/** Where a probe works: a run, and a gateway that has answered a user of each tier. */
export interface Scene {
  readonly run: Run;
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  readonly target: MaasTarget;
  /** Of the run, made as the probe says. */
  readonly users: AccountUsers;
  /** Asks what the probe asks; the frame's. */
  readonly client: ChatClient;
  readonly say: Say;
  /** How long a request of late took that the auth service refused; undefined: unknown. */
  readonly refusalMs: () => number | undefined;
  /** To be told of a request of the load in a stage that a limiter refused. */
  readonly onRefused: (stage: RunStage, iteration: Pick<Iteration, "dueMs">) => void;
  /**
   * Puts a load on in a stage, with what the frame does beside it: requests that must be refused, and
   * a look at the limits. Tells whether limits stood in the way.
   */
  load(stage: RunStage, work: () => Promise<void>): Promise<void>;
}
