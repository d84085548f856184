/**
 * What routes lead to that serve: `--backend`, a Service that is there already, or nothing: then they
 * redirect. A Service of another namespace takes a grant.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { elementsOf, fieldsOf } from "../../../kube/fields.ts";
import { REFERENCE_GRANTS } from "../../../kube/gateway_api/kinds.ts";
import type { NeededPresence, NeededRight } from "../../../kube/kubernetes_command.ts";
import { type KubeObject, objectKey } from "../../../kube/object.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { SERVICES } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isNotFound } from "../../../kube/status_error.ts";
import type { GatewayValues } from "../flags.ts";
import { referenceGrants } from "../objects/reference_grant.ts";
import type { RouteTarget } from "../objects/route.ts";
import type { Scene } from "./gateway_probe.ts";
import { parseServiceRef } from "./gateway_ref.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";

type BackendFlag = Pick<GatewayValues, "backend">;

/** `--backend`, or without it a redirect to the host itself: nothing is sent on. */
export function targetOf({ backend }: BackendFlag, host: string): RouteTarget {
  if (backend === undefined) return { kind: "redirect", host, status: 302 };
  const { namespace, name: service, port } = parseServiceRef(backend);
  return { kind: "backend", service, namespace, port };
}

/** Where a grant is needed for routes of these namespaces; none: it is in the same one. */
export function grantNamespaces(
  { backend }: BackendFlag,
  routeNamespaces: readonly string[],
): string[] {
  if (backend === undefined) return [];
  const { namespace } = parseServiceRef(backend);
  return routeNamespaces.every((one) => one === namespace) ? [] : [namespace];
}

/** What looking the Service up asks for. */
export function backendRights({ backend }: BackendFlag): NeededRight[] {
  if (backend === undefined) return [];
  const { namespace, name } = parseServiceRef(backend);
  return [{ verb: "get", kind: SERVICES, namespace, name }];
}

/** The Service that has to be there. */
export function backendPresence({ backend }: BackendFlag): NeededPresence[] {
  if (backend === undefined) return [];
  const { namespace, name, port } = parseServiceRef(backend);
  return [{ kind: SERVICES, namespace, name, against: (service) => againstService(service, port) }];
}

function againstService(service: KubeObject, port: number): string | undefined {
  const ports = elementsOf(fieldsOf(service["spec"])["ports"]).map((one) => one["port"]);
  if (ports.length === 0 || ports.includes(port)) return undefined;
  return `--backend: Service ${objectKey(service)} has no port ${port}; it has ${ports.join(", ")}`;
}

/** @throws {CannotRunError} if there is no such Service, or it has no such port */
export async function requireBackend(
  { clock, rng, stopping: signal }: Run,
  cluster: ClusterReader,
  { backend }: BackendFlag,
): Promise<void> {
  if (backend === undefined) return;
  const { namespace, name, port } = parseServiceRef(backend);
  const context = { clock, rng: rng.fork("backend"), signal };
  try {
    const service = await retrying(
      () => cluster.get(SERVICES, { namespace, name }, { signal }),
      context,
    );
    const against = againstService(service, port);
    if (against !== undefined) throw new CannotRunError(against);
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw new CannotRunError(`--backend: there is no Service ${namespace}/${name}`, {
      cause: thrown,
    });
  }
}

/** Lets routes of these namespaces use the Service of `--backend`. */
export async function grantBackend(
  run: Run,
  place: Pick<Scene, "cluster" | "identity" | "objectsOf">,
  { values, routeNamespaces }: {
    readonly values: BackendFlag;
    readonly routeNamespaces: readonly string[];
  },
): Promise<void> {
  const labels = ownerLabels(place.identity);
  for (const namespace of grantNamespaces(values, routeNamespaces)) {
    const objects = referenceGrants({ namespace, routeNamespaces, labels });
    await makeObjects(run, { ...place, kind: REFERENCE_GRANTS, objects });
  }
}
