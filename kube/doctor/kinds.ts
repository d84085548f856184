/**
 * Does the server serve each kind that the run names, and is whoever serves it there? Asks discovery
 * and, for aggregated APIs, the APIService.
 * @module
 */

import * as z from "zod";
import { CannotRunError, messageOf } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Cluster } from "../cluster.ts";
import { unservedGatewayKind, type UnservedKind } from "../gateway_api/release.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import type { KubeObject } from "../object.ts";
import { apiVersionOf, type KindName, type Resource, resourceName } from "../resource.ts";
import { discover } from "../server/discovery.ts";
import { StatusError } from "../status_error.ts";
import {
  type DoctorFinding,
  kindKey,
  type Resources,
  unknownBecause,
  withinLimit,
} from "./check.ts";

const ID = "kind";
const API_SERVICES: Resource = {
  group: "apiregistration.k8s.io",
  version: "v1",
  plural: "apiservices",
  kind: "APIService",
  namespaced: false,
};

/** Source: kube-aggregator, apiregistration/v1 APIService; only what is used here. */
const ApiService = z.object({
  spec: z.object({
    service: z.object({ namespace: z.string().nullish(), name: z.string().nullish() }).nullish(),
  }),
  status: z.object({
    conditions: z.array(z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().nullish(),
      message: z.string().nullish(),
    })).nullish(),
  }).nullish(),
});

/** What discovery said of a kind. */
export interface KindAnswers {
  readonly kind: KindName;
  /** The resource, or what looking for it threw. */
  readonly found: Resource | Error;
  /** Undefined: of the core group, or it may not be read. */
  readonly apiService: KubeObject | undefined;
  /** What is known of a kind that is not served; absent: no more than that. */
  readonly unserved?: UnservedKind | undefined;
  /** The run does without the kind, and loses only this. */
  readonly onlyFor?: string | undefined;
}

/** Looks at every kind at the same time; never rejects. */
export async function lookAtKinds(
  cluster: Cluster,
  needs: ClusterNeeds,
  { clock }: { clock: Clock },
): Promise<{ findings: DoctorFinding[]; resources: Resources }> {
  const { definesKinds = [] } = needs;
  const resources = new Map(definesKinds.map((resource) => [kindKey(resource), resource]));
  const findings = await Promise.all(
    kindsOf(needs).filter((kind) => !resources.has(kindKey(kind))).map(
      async (kind): Promise<DoctorFinding> => {
        try {
          const answers = await withinLimit(clock, (signal) => ask(cluster, kind, signal));
          if (!(answers.found instanceof Error)) resources.set(kindKey(kind), answers.found);
          return judgeKind({ ...answers, onlyFor: comfortOf(kind, needs) });
        } catch (thrown) {
          return unknownBecause(ID, thrown, `${kind.kind} (${kind.apiVersion})`);
        }
      },
    ),
  );
  return { findings, resources };
}

/** Each once. */
function kindsOf({ rights, objects = [] }: ClusterNeeds): KindName[] {
  const all = [...rights, ...objects].map(({ kind }) => kind);
  return [...new Map(all.map((kind) => [kindKey(kind), kindNameOf(kind)])).values()];
}

/** What the kind is only for, if no right on it is one that the run cannot do without. */
function comfortOf(kind: KindName, { rights, objects = [] }: ClusterNeeds): string | undefined {
  const isIt = (other: Resource | KindName) => kindKey(other) === kindKey(kind);
  if (objects.some((made) => isIt(made.kind))) return undefined;
  const uses = rights.filter((right) => isIt(right.kind)).map(({ onlyFor }) => onlyFor);
  return uses.includes(undefined) ? undefined : uses[0];
}

function kindNameOf(kind: Resource | KindName): KindName {
  if ("apiVersion" in kind) return kind;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind };
}

async function ask(cluster: Cluster, kind: KindName, signal: AbortSignal): Promise<KindAnswers> {
  const [found, apiService] = await Promise.all([
    discover(cluster, kind, { signal }).catch((thrown: Error) => thrown),
    apiServiceOf(cluster, kind, signal),
  ]);
  const unserved = found instanceof CannotRunError
    ? await unservedGatewayKind(cluster, kind, signal)
    : undefined;
  signal.throwIfAborted();
  return { kind, found, apiService, unserved };
}

/** Named `v1alpha1.wardle.example.com`; that of the core group is of no interest. */
async function apiServiceOf(
  cluster: Cluster,
  { apiVersion }: KindName,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const [group, version] = apiVersion.split("/");
  if (version === undefined) return undefined;
  try {
    return await cluster.get(API_SERVICES, { name: `${version}.${group}` }, { signal });
  } catch {
    return undefined; // absent or not to be read: discovery has the last word
  }
}

export function judgeKind(answers: KindAnswers): DoctorFinding {
  const { onlyFor } = answers;
  const finding = judgeNeededKind(answers);
  if (onlyFor === undefined || finding.status !== "problem") return finding;
  return { ...finding, status: "notice", why: `The run uses it only for ${onlyFor}` };
}

function judgeNeededKind({ kind, found, apiService, unserved }: KindAnswers): DoctorFinding {
  const subject = `${kind.kind} (${kind.apiVersion})`;
  const { spec, status } = ApiService.safeParse(apiService).data ?? {};
  const available = status?.conditions?.find(({ type }) => type === "Available");
  const behind = spec?.service ? `${spec.service.namespace}/${spec.service.name}` : undefined;
  if (available !== undefined && available.status !== "True") {
    const reason = [available.reason, available.message].filter(Boolean).join(": ");
    return unavailable(subject, { what: `APIService is not Available: ${reason}`, apiService });
  }
  if (!(found instanceof Error)) {
    const server = behind === undefined ? "" : ` by service ${behind}`;
    return {
      id: ID,
      subject,
      status: "ok",
      what: `${subject} is served as ${resourceName(found)}${server}`,
    };
  }
  if (found instanceof StatusError && found.code === 503) {
    return unavailable(subject, { what: messageOf(found), apiService });
  }
  if (!(found instanceof CannotRunError)) return unknownBecause(ID, found, subject);
  return {
    id: ID,
    subject,
    status: "problem",
    what: unserved?.what ?? messageOf(found),
    why: "No object of this kind can be made, read or watched",
    fix: unserved?.fix ??
      "install what serves it (CustomResourceDefinition or APIService), or name another kind",
  };
}

function unavailable(
  subject: string,
  { what, apiService }: { what: string; apiService: KubeObject | undefined },
): DoctorFinding {
  const name = apiService?.metadata.name;
  return {
    id: ID,
    subject,
    status: "problem",
    what,
    why: "The API is registered, but the server behind it does not answer: every request fails",
    fix: name === undefined
      ? "kubectl get apiservices, and start the server that is not Available"
      : `kubectl describe apiservice ${name}, and start the server behind it`,
  };
}
