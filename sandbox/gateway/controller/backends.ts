/**
 * What does a rule of a route do with a request: which backend, or what else, answers it? And are all
 * backends of the route there?
 * Source: gateway-api v1.5.1, apis/v1 (HTTPBackendRef); the words of Contour and of Envoy.
 * @module
 */

import { SERVICES } from "../../../kube/resource.ts";
import type { Action } from "../data_plane/action.ts";
import type { BackendRef, RouteRule } from "../objects.ts";
import type { GatewaySettings } from "../options.ts";
import { type ClusterView, DEPENDENCY } from "./cluster_view.ts";
import { type Verdict, verdict } from "../statuses/verdict.ts";

/** A backend, looked up. */
interface ResolvedBackend {
  readonly action: Action;
  /** Undefined: it is resolved. */
  readonly trouble: Verdict | undefined;
}

const EMPTY_BODY = "";

export class Backends {
  readonly #view: Pick<ClusterView, "services" | "hasReadyEndpoint" | "isGranted">;
  readonly #settings: Pick<GatewaySettings, "emptyService">;

  constructor(
    view: Pick<ClusterView, "services" | "hasReadyEndpoint" | "isGranted">,
    settings: Pick<GatewaySettings, "emptyService">,
  ) {
    this.#view = view;
    this.#settings = settings;
  }

  /** @param namespace of the route */
  ruleOf({ backendRefs = [], filters = [] }: RouteRule, namespace: string): {
    readonly action: Action;
    readonly trouble: readonly Verdict[];
    readonly dependsOn: readonly string[];
  } {
    const redirect = filters.find(({ requestRedirect }) => requestRedirect !== undefined)
      ?.requestRedirect;
    const resolved = backendRefs.map((ref) => this.#resolve(ref, namespace));
    const chosen = resolved[backendRefs.findIndex(({ weight }) => weight > 0)]?.action ??
      fails(500, EMPTY_BODY);
    const action: Action = redirect === undefined
      ? chosen
      : { kind: "redirect", redirect, filters: [] };
    return {
      action: { ...action, filters: [...filters, ...action.filters] },
      trouble: resolved.flatMap(({ trouble }) => trouble ?? []),
      dependsOn: backendRefs.flatMap((ref) => dependenciesOf(ref, namespace)),
    };
  }

  #resolve(ref: BackendRef, routeNamespace: string): ResolvedBackend {
    const { name, namespace = routeNamespace, port = 0, filters = [] } = ref;
    if (!isService(ref)) {
      return unresolved(
        "InvalidKind",
        "Spec.Rules.BackendRef.Kind must be 'Service'",
      );
    }
    if (
      namespace !== routeNamespace && !this.#view.isGranted(routeNamespace, { namespace, name })
    ) {
      return unresolved(
        "RefNotPermitted",
        "Spec.Rules.BackendRef.Namespace must match the route's namespace or be covered by a " +
          "ReferenceGrant",
      );
    }
    const key = `${namespace}/${name}`;
    const service = this.#view.services.get(key);
    const invalid = (why: string) => notFound(`service "${name}" is invalid: ${why}`);
    if (service === undefined) return invalid(`service "${key}" not found`);
    const { type, ports = [] } = service.spec;
    if (!ports.some((one) => one.port === port)) {
      return invalid(`port "${port}" on service "${key}" not matched`);
    }
    if (type !== "ExternalName" && !this.#view.hasReadyEndpoint(key)) {
      return this.#settings.emptyService === "unresolved"
        ? invalid(`service "${key}" has no endpoints`)
        : { action: fails(503, "no healthy upstream"), trouble: undefined };
    }
    return { action: { kind: "backend", service: key, port, filters }, trouble: undefined };
  }
}

function dependenciesOf({ namespace, name }: BackendRef, routeNamespace: string): string[] {
  const service = DEPENDENCY.service(`${namespace ?? routeNamespace}/${name}`);
  return namespace === undefined || namespace === routeNamespace
    ? [service]
    : [service, DEPENDENCY.grants(namespace)];
}

function isService({ group, kind }: BackendRef): boolean {
  return group === SERVICES.group && kind === SERVICES.kind;
}

function notFound(message: string): ResolvedBackend {
  return unresolved("BackendNotFound", message);
}

function unresolved(reason: string, message: string): ResolvedBackend {
  return {
    action: fails(500, EMPTY_BODY),
    trouble: verdict("ResolvedRefs", "False", reason, message),
  };
}

function fails(status: number, body: string): Action {
  return { kind: "failure", status, body, filters: [] };
}
