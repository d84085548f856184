/**
 * What is a check: what it looks with, what it finds, and how is it made without harm to the others? It
 * has a time limit, and what it throws is a finding of its own: that this is not known.
 * @module
 */

import type { WireAnswer } from "../http/wire.ts";
import type { Invocation } from "../../core/command/command.ts";
import { messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { withinTime } from "../../core/load/deadline.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterTarget } from "../config/target.ts";
import type { HttpCluster } from "../http/http_cluster.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import { apiVersionOf, type Resource, resourceName } from "../resource.ts";
import type { User } from "../server/access.ts";
import type { KindName } from "../resource.ts";
import { isForbidden } from "../status_error.ts";

/**
 * How much it matters. `notice`: worth knowing. `warning`: the run works, and its figures may mean
 * less. `problem`: the run fails or its figures mean nothing. `unknown`: it could not be asked.
 */
export const FINDING_STATUSES = ["ok", "unknown", "notice", "warning", "problem"] as const;
export type FindingStatus = typeof FINDING_STATUSES[number];

export interface DoctorFinding {
  /** Of the check; several findings of it share the id. */
  readonly id: string;
  /** What of, where a check looks at several things, e.g. a namespace. */
  readonly subject?: string;
  readonly status: FindingStatus;
  /** What was observed, values included. */
  readonly what: string;
  /** Why it matters; for everything but `ok`. */
  readonly why?: string;
  /** A command line, or what to change; absent where nothing needs to be done. */
  readonly fix?: string;
}

/** The finding of a check that could not look. */
export function unknownBecause(id: string, thrown: unknown, subject?: string): DoctorFinding {
  const reason = messageOf(thrown);
  return {
    id,
    ...(subject === undefined ? {} : { subject }),
    status: "unknown",
    what: isForbidden(thrown) ? `This user may not look: ${reason}` : `Not known: ${reason}`,
    why: "Whatever stands against the run here shows only when it runs",
  };
}

/** Long enough for a slow server, short enough to wait for. */
export const CHECK_LIMIT_MS = 10_000;

/** Looks at one thing; `C` is what it may look with. */
export interface Check<C> {
  readonly id: string;
  /** No finding: it has nothing to look at in this run. */
  look(
    context: C,
    signal: AbortSignal,
  ): readonly DoctorFinding[] | Promise<readonly DoctorFinding[]>;
}

/** All at the same time, their findings in the order of the checks. Never rejects. */
export async function makeChecks<C>(
  checks: readonly Check<C>[],
  context: C,
  { clock }: { readonly clock: Clock },
): Promise<DoctorFinding[]> {
  const found = await Promise.all(checks.map(async (check) => {
    try {
      return await withinLimit(clock, async (signal) => await check.look(context, signal));
    } catch (thrown) {
      return [unknownBecause(check.id, thrown)];
    }
  }));
  return found.flat();
}

/** The result of what a check asks, within {@link CHECK_LIMIT_MS}. @throws {TimeLimitError} */
export function withinLimit<T>(
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withinTime(clock, work, { limitMs: CHECK_LIMIT_MS });
}

/** For checks of this machine. */
export interface MachineContext {
  readonly command: string;
  readonly values: Invocation["values"];
  readonly needs: ClusterNeeds;
}

/** For checks of the cluster. */
export interface ClusterContext extends MachineContext {
  readonly clusterValues: ClusterValues;
  readonly target: ClusterTarget;
  readonly cluster: HttpCluster;
  /** Of the latest answer to a path. */
  readonly answers: { headersOf(path: string): WireAnswer["headers"] | undefined };
  readonly user: User | undefined;
  readonly serverVersion: string;
  readonly resources: Resources;
  readonly clock: Clock;
}

/** Kinds that the run names, and as what the server serves them. */
export type Resources = ReadonlyMap<string, Resource>;

/** `apps/v1 Deployment`: one key for a kind, however it is given. */
export function kindKey(kind: Resource | KindName): string {
  const apiVersion = "apiVersion" in kind ? kind.apiVersion : apiVersionOf(kind);
  return `${apiVersion} ${kind.kind}`;
}

/** As the server serves it; undefined for a kind that has to be looked up and was not found. */
export function resourceOf(kind: Resource | KindName, resources: Resources): Resource | undefined {
  return resources.get(kindKey(kind)) ?? ("plural" in kind ? kind : undefined);
}

type KnownNeeds = Pick<ClusterContext, "needs" | "resources">;

/** Objects of the run as the server serves them; a kind that was not found is none of them. */
interface MadeObjects {
  readonly resource: Resource;
  /** Highest number at a time; Infinity: unbounded. */
  readonly mostAtOnce: number;
  /** Where they take turns; none: the kind is cluster-scoped. */
  readonly namespaces: readonly string[];
}

/** Each kind once in the same namespaces. */
export function madeObjects({ needs, resources }: KnownNeeds): MadeObjects[] {
  const made = new Map<string, MadeObjects>();
  for (const { kind, mostAtOnce, namespaces = needs.namespaces } of needs.objects ?? []) {
    const resource = resourceOf(kind, resources);
    if (resource === undefined) continue;
    const places = resource.namespaced ? [...new Set(namespaces)] : [];
    const key = [resourceName(resource), ...places].join(" ");
    const others = made.get(key)?.mostAtOnce ?? 0;
    made.set(key, { resource, mostAtOnce: others + mostAtOnce, namespaces: places });
  }
  return [...made.values()];
}

/** Where the objects of the run are or would be, each once; none if all kinds are cluster-scoped. */
export function namespacesOf({ needs, resources }: KnownNeeds): string[] {
  const { objects = [], namespaces } = needs;
  const isOutside = objects.length > 0 &&
    objects.every(({ kind }) => resourceOf(kind, resources)?.namespaced === false);
  return isOutside ? [] : [...new Set(namespaces)];
}
