/**
 * A cluster with the DevWorkspace Operator's kinds, the parts of their schemas that matter here as they
 * are, and an operator that is not there: nobody acts on them.
 */

import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import {
  DEV_WORKSPACES,
  GLOBAL_CONFIG_NAME,
  OPERATOR_CONFIGS,
} from "../../../../kube/devworkspace/kinds.ts";
import type { KubeObject, ObjectRef } from "../../../../kube/object.ts";
import { Borrowed } from "../../../../kube/owned/borrowed.ts";
import { isLoan, readLoan, type SeenLoan } from "../../../../kube/owned/borrowed/loan.ts";
import { Footprint } from "../../../../kube/owned/footprint.ts";
import { LEASES } from "../../../../kube/owned/run_record.ts";
import {
  apiVersionOf,
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  PERSISTENT_VOLUME_CLAIMS,
  type Resource,
  resourceName,
  SECRETS,
} from "../../../../kube/resource.ts";
import { configurationOf } from "../../../../probes/backup/configure/configuration_of.ts";
import { SandboxCluster } from "../../../support/sandbox_cluster.ts";
import { TempDir } from "../../../support/scaletool.ts";

export const OPERATOR = "openshift-operators";
export const USERS = "loadtest-devworkspaces";
export const CONFIG = { namespace: OPERATOR, name: GLOBAL_CONFIG_NAME };
export const NEVER = new AbortController().signal;

export const VALUES = {
  "dwoc-config-type": "correct",
  "registry-path": "quay.io/me",
  "registry-secret": "quay-push-secret",
  "backup-schedule": "*/1 * * * *",
} as const;

/** As v0.42.0 defines it. */
const BACKUP_CRON_JOB = {
  type: "object",
  required: ["registry"],
  properties: {
    enable: { type: "boolean" },
    schedule: { type: "string", default: "0 0 1 * *" },
    backoffLimit: { type: "integer", format: "int32", minimum: 0, default: 1 },
    oras: { type: "object", properties: { extraArgs: { type: "string" } } },
    registry: {
      type: "object",
      required: ["path"],
      properties: { path: { type: "string" }, authSecret: { type: "string" } },
    },
  },
};

const CONFIG_SCHEMA = {
  type: "object",
  properties: {
    config: {
      type: "object",
      properties: {
        routing: {
          type: "object",
          properties: {
            defaultRoutingClass: { type: "string" },
            clusterHostSuffix: { type: "string" },
          },
        },
        webhook: {
          type: "object",
          properties: { replicas: { type: "integer", format: "int32", default: 2 } },
        },
        workspace: {
          type: "object",
          properties: {
            backupCronJob: BACKUP_CRON_JOB,
            ignoredUnrecoverableEvents: { type: "array", items: { type: "string" } },
            pvcName: { type: "string" },
          },
        },
      },
    },
    status: { type: "object", properties: { lastBackupTime: { type: "string" } } },
  },
};

const ANY = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

export class OperatorWorld implements AsyncDisposable {
  readonly cluster = new SandboxCluster();
  readonly directory = new TempDir();
  /** Codes and texts of what the run has warned of. */
  readonly warnings: string[] = [];
  readonly run: Run;
  readonly identity = { runId: "r1", command: "backup run" };
  readonly borrowed: Borrowed;
  readonly env = new Map<string, string>();

  /** @param runId of a run that may be lost */
  private constructor() {
    this.run = this.newRun();
    this.borrowed = this.borrowedBy(this.run);
  }

  static async with(
    objects: readonly (readonly [Resource, KubeObject])[] = [],
  ): Promise<OperatorWorld> {
    const world = new OperatorWorld();
    const { cluster } = world;
    for (const name of [OPERATOR, USERS]) await cluster.create(NAMESPACES, { metadata: { name } });
    const kinds = [[OPERATOR_CONFIGS, CONFIG_SCHEMA], [DEV_WORKSPACES, ANY]] as const;
    for (const [kind, schema] of kinds) {
      await cluster.create(CUSTOM_RESOURCE_DEFINITIONS, definition(kind, schema));
    }
    for (const [resource, object] of objects) await cluster.create(resource, object);
    cluster.calls.length = 0;
    return world;
  }

  newRun(): Run {
    return new Run({
      id: "r1",
      clock: this.cluster.clock,
      rng: createRng(1),
      directory: this.directory.path,
      log: (...records) => {
        for (const record of records) {
          if (record.type !== "warning") continue;
          this.warnings.push(`${record.warning.code}: ${record.warning.message}`);
        }
      },
    });
  }

  borrowedBy(run: Run): Borrowed {
    const { cluster, identity } = this;
    return new Borrowed(run, { cluster, identity, namespace: OPERATOR });
  }

  /** What a part of the probe gets of a run. */
  async options(values: Partial<Parameters<typeof configurationOf>[0]> = {}) {
    const { cluster, identity, borrowed } = this;
    return {
      ...{ cluster, identity, borrowed },
      operatorNamespace: OPERATOR,
      configuration: configurationOf({ ...VALUES, ...values }),
      registryHost: "quay.io",
      env: (name: string) => this.env.get(name),
      footprint: await this.layFootprint(),
    };
  }

  #footprint: Promise<Footprint> | undefined;

  layFootprint(): Promise<Footprint> {
    return this.#footprint ??= Footprint.lay(this.run, this.cluster, {
      identity: this.identity,
      namespaces: [USERS, OPERATOR],
      createsNamespaces: false,
      kinds: [DEV_WORKSPACES, SECRETS, OPERATOR_CONFIGS],
      say: () => {},
    });
  }

  /** Lets time pass until it has ended. */
  async advance<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    promise.finally(() => isOver = true).catch(() => {});
    while (!isOver) await this.cluster.clock.advance(1_000);
    return await promise;
  }

  undo(): ReturnType<Run["undoAll"]> {
    return this.advance(this.run.undoAll({ signal: NEVER, onLong: () => {} }));
  }

  /** Undefined: it is not there. */
  async config(): Promise<unknown> {
    return (await this.find(OPERATOR_CONFIGS, CONFIG))?.["config"];
  }

  async find(resource: Resource, ref: ObjectRef): Promise<KubeObject | undefined> {
    return await this.cluster.get(resource, ref).catch(() => undefined);
  }

  async loans(): Promise<SeenLoan[]> {
    const { items } = await this.cluster.list(LEASES, {});
    return items.filter(isLoan).map(readLoan);
  }

  /** Everything that was written, the rehearsals left out. */
  writes(): string[] {
    return this.cluster.calls.filter((call) => !/^GET|dryRun/.test(call));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster[Symbol.dispose]();
    await this.directory[Symbol.asyncDispose]();
  }
}

export function operatorConfig(config: unknown): readonly [Resource, KubeObject] {
  return [OPERATOR_CONFIGS, { metadata: CONFIG, config }];
}

/** A workspace that has run, and is stopped. */
export function workspace(
  name: string,
  attributes: Readonly<Record<string, unknown>> = {},
): readonly [Resource, KubeObject] {
  return [DEV_WORKSPACES, {
    metadata: { namespace: USERS, name },
    spec: { started: false, template: { attributes } },
    status: { devworkspaceId: `workspace-${name}`, phase: "Stopped" },
  }];
}

export function claim(name: string): readonly [Resource, KubeObject] {
  return [PERSISTENT_VOLUME_CLAIMS, {
    metadata: { namespace: USERS, name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } } },
  }];
}

function definition(
  { group, plural, kind, version, ...resource }: Resource,
  schema: unknown,
): KubeObject {
  return {
    apiVersion: apiVersionOf(CUSTOM_RESOURCE_DEFINITIONS),
    kind: CUSTOM_RESOURCE_DEFINITIONS.kind,
    metadata: { name: resourceName({ group, plural, kind, version, ...resource }) },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: { status: {} },
      }],
    },
  };
}
