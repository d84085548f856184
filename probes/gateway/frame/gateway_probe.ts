/**
 * What a gateway probe is: everything of it that is known before anything is contacted, and the work
 * that it does on Gateways that are ready.
 * @module
 */

import type { PlanSection } from "../../../core/command/dry_run.ts";
import type { Measures } from "../../../core/run/measures.ts";
import type { Run } from "../../../core/run/run.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Stage } from "../../../core/measure/stage.ts";
import type { Say } from "../../../core/say.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { ClusterNeeds, NeededRight } from "../../../kube/kubernetes_command.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { Pilot } from "./pilots.ts";
import type { SceneGateway } from "./scene_gateway.ts";
import type { RouteScale } from "./route_scale.ts";
import type { RouteWatch } from "./route_watch.ts";
import type { RouteWrites } from "./route_writes.ts";

/** See the module. */
export interface GatewayProbe extends
  Pick<
    RunPlan,
    | "model"
    | "mainOperation"
    | "defaultThresholds"
    | "causes"
    | "tables"
    | "ladder"
    | "classes"
  > {
  /** As its command is called. */
  readonly name: string;
  /** What there is to measure, of Gateways with these tags. */
  readonly measures: (gateways: readonly string[]) => Measures;
  /** For `--dry-run`. */
  readonly sections: readonly PlanSection[];
  /** The objects that it makes, beside a pilot route for each Gateway. */
  readonly objects: NonNullable<ClusterNeeds["objects"]>;
  /** Rights that it needs beside those for making its objects and watching routes. */
  readonly rights?: readonly NeededRight[];
  /** Namespaces in which it makes objects beside those of its routes and of the simulated cluster. */
  readonly namespaces?: readonly string[];
  /** The routes that it lays, and the cluster that is simulated behind them; absent: none. */
  readonly scale?: RouteScale;
  /** `--duration` is that of its stages, not of the run. @default {false} */
  readonly hasOwnDuration?: boolean;
  /** Sockets to data planes. */
  readonly otherSockets: number;
  /** Runs its stages on these Gateways: all of them joined, or one after another. */
  readonly work: (scene: Scene) => Promise<void>;
}

/** Where a probe works: a run, a cluster, and Gateways that serve a first route. */
export interface Scene {
  readonly run: Run;
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  /** At least one. A route is to be attached to all of them. */
  readonly gateways: readonly SceneGateway[];
  /** By tag of the Gateway: its first route, which is there all the time. */
  readonly pilots: ReadonlyMap<string, Pilot>;
  /** Of all routes of the run. */
  readonly routes: RouteWatch;
  /** Creates, changes and deletes routes, measured. */
  readonly writes: RouteWrites;
  /** Which pass this is, from 0: each has names and hosts of its own. */
  readonly pass: number;
  readonly say: Say;
  /**
   * Runs a stage, whose name says which Gateway it is of where there are several. Routes of which nobody
   * knows whether they are there are deleted before.
   */
  stage(
    spec:
      & Pick<Stage, "name" | "kind">
      & Partial<Pick<Stage, "targetRatePerSec">>
      & { readonly durationMs?: number },
    work: (stage: RunStage) => Promise<void>,
  ): Promise<void>;
  /** The run's objects of a kind: what is registered there is deleted in the end. */
  objectsOf(kind: Resource): OwnedObjects;
}
