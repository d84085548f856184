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
import type { Footprint } from "../../../kube/owned/footprint.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { GatewayWatch } from "./gateway_watch.ts";
import type { ReadyGateway } from "./ready_gateway.ts";
import type { RouteWatch } from "./route_watch.ts";
import type { RouteWrites } from "./route_writes.ts";

/** See the module. */
export interface GatewayProbe extends
  Pick<
    RunPlan,
    "model" | "mainOperation" | "targetRatePerSec" | "defaultThresholds" | "causes" | "tables"
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
  /** Namespaces in which it makes objects beside that of `--namespace`. */
  readonly namespaces?: readonly string[];
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
  /** Of all routes of the run. */
  readonly routes: RouteWatch;
  /** Creates, changes and deletes routes, measured. */
  readonly writes: RouteWrites;
  readonly footprint: Footprint;
  readonly say: Say;
  /** Runs a stage, whose name says which probe and Gateway it is of where there are several. */
  stage(
    spec: Pick<Stage, "name" | "kind"> & { readonly durationMs?: number },
    work: (stage: RunStage) => Promise<void>,
  ): Promise<void>;
  /** The objects of a kind of the run; made once, so that they are deleted once. */
  objects(kind: Resource): ReturnType<Footprint["objects"]>;
}

/** A Gateway that is ready, and what its status says meanwhile. */
export interface SceneGateway extends ReadyGateway {
  readonly watch: GatewayWatch;
}
