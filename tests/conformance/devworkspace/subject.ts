/**
 * The cluster with a DevWorkspace Operator that the conformance suite asks: a real one or a stand-in. What
 * they have in common, so that no behaviour can tell which one it is.
 * @module
 */

import type { Asker } from "../subject.ts";
import type { DevWorkspaceScene } from "./scene.ts";

/** Asks the API server as one who may do everything. */
export interface DevWorkspaceSubject extends Asker {
  /** Of the operator, and of the global config in it, which has no block about backups. */
  readonly operatorNamespace: string;
  /** Of Jobs, unless configured. */
  readonly defaultBackoffLimit: number;
  /** Labels that a client has to set on a workspace for it to run; where a webhook does it, none. */
  readonly workspaceLabels: Readonly<Record<string, string>>;
  readonly registries: Registries;
  /** Called before claims are made in a namespace: so many volumes may be needed. */
  provideVolumes(namespace: string, count: number): Promise<void>;
  /** The cluster's clock, epoch ms. */
  wallMs(): number;
  /** Resolves so much later. A stand-in's time can pass faster than ours. */
  pass(ms: number): Promise<void>;
  /** Kills the operator, does this, and starts it again; resolves when it works. */
  restartOperator(whileDown: () => Promise<void>): Promise<void>;
}

/** Registry paths, by what becomes of a backup that goes there. */
export interface Registries {
  readonly good: string;
  /** Another good one. */
  readonly other: string;
  /** It fails after 2 s. */
  readonly unreachable: string;
  /** It takes 20 s, and succeeds. */
  readonly slow: string;
  /** It never ends. */
  readonly hanging: string;
}

/** Names a behaviour, and fails unless the subject has it. */
export interface DevWorkspaceBehaviour {
  readonly name: string;
  readonly check: (scene: DevWorkspaceScene, subject: DevWorkspaceSubject) => Promise<void>;
}
