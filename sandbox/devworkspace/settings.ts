/**
 * What can be set of the stand-in for the DevWorkspace Operator and the cluster around it: how long
 * things take, and how they misbehave. Times are means, each is drawn around them.
 * @module
 */

export interface OperatorSettings {
  /** Workspaces that are looked at at once; read at the start. */
  readonly concurrency: number;
  /** One look at a workspace, ms. */
  readonly reconcileMs: number;
  /** CPU time that it costs, ms. */
  readonly reconcileCpuMs: number;
  /** A tick spends so long on each workspace that it backs up, ms. */
  readonly backupMs: number;
  /** Between its list of the workspaces and the first that it backs up a tick waits for the next one. */
  readonly waitsForNextTick: boolean;
  /** From a change of a Job to what is written about it, ms. */
  readonly outcomeMs: number;
  /** Sets the label of who has made a workspace, as the operator's webhook does. */
  readonly setsCreator: boolean;
  /** Killed at the next Job that it makes, and back so long after, ms; 0: not killed. */
  readonly killedForMs: number;
  /** Somebody takes the label from the registry's Secret, again and again. */
  readonly losesSecretLabel: boolean;
  /** Of the workspaces that a tick is to back up, the share whose claim is gone by then. */
  readonly lostClaimsShare: number;
}

export interface ClusterSettings {
  /** From a pod's creation to its start, ms. */
  readonly podStartMs: number;
  /** From a pod's deletion to its end, ms. */
  readonly podStopMs: number;
  /** From a Job to its first pod, ms. */
  readonly jobReactMs: number;
  /** `Immediate`: bound so long after a claim is made, ms, or else so long after its first pod. */
  readonly volumeBinding: "Immediate" | "WaitForFirstConsumer";
  readonly volumeBindMs: number;
  /** Between looks of the metrics server, ms; Infinity: there is none. */
  readonly metricsPeriodMs: number;
}

export interface RegistryHost {
  /** Of hosts whose names end like this. */
  readonly endsWith: string;
  readonly isReachable: boolean;
  /** What a transfer takes, ms; Infinity: it never ends. */
  readonly transferMs: number;
}

export interface RegistrySettings {
  /** The first that fits. */
  readonly hosts: readonly RegistryHost[];
  /** Of the transfers, the share that finds a host unreachable that is not. */
  readonly unreachableShare: number;
}

export interface DevWorkspaceSettings {
  readonly operator: OperatorSettings;
  readonly cluster: ClusterSettings;
  readonly registry: RegistrySettings;
}

export const SOUND: DevWorkspaceSettings = {
  operator: {
    concurrency: 5,
    reconcileMs: 5,
    reconcileCpuMs: 0.2,
    backupMs: 20,
    waitsForNextTick: false,
    outcomeMs: 100,
    setsCreator: true,
    killedForMs: 0,
    losesSecretLabel: false,
    lostClaimsShare: 0,
  },
  cluster: {
    podStartMs: 500,
    podStopMs: 300,
    jobReactMs: 20,
    volumeBinding: "WaitForFirstConsumer",
    volumeBindMs: 50,
    metricsPeriodMs: 15_000,
  },
  registry: {
    hosts: [
      { endsWith: ".invalid", isReachable: false, transferMs: 2_000 },
      { endsWith: "", isReachable: true, transferMs: 1_000 },
    ],
    unreachableShare: 0,
  },
};

/** Some settings of each part, over sound ones. */
export type SomeSettings = {
  readonly [Part in keyof DevWorkspaceSettings]?: Partial<DevWorkspaceSettings[Part]>;
};

export function withSettings(
  { operator = {}, cluster = {}, registry = {} }: SomeSettings,
  base: DevWorkspaceSettings = SOUND,
): DevWorkspaceSettings {
  return {
    operator: { ...base.operator, ...operator },
    cluster: { ...base.cluster, ...cluster },
    registry: { ...base.registry, ...registry },
  };
}
