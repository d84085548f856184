/**
 * The HTTPRoutes of the probes, written as the API server stores them, so that writing one again is
 * no change. Makes no name, and looks at no cluster.
 * Source: gateway-api, apis/v1/httproute_types.go; defaults: config/crd/standard/*_httproutes.yaml.
 * @module
 */

import { given } from "../../../core/given.ts";
import { GATEWAY_GROUP, GATEWAYS } from "../../../kube/gateway_api/kinds.ts";
import type { ParentRef } from "../../../kube/gateway_api/parent_ref.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import type { ExpectedAnswer } from "./expected_answer.ts";

/** A port of a Service, which may be missing. */
export interface BackendTarget {
  readonly kind: "backend";
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
}

/** Answered by the data plane alone: every implementation has to support it. */
export interface RedirectTarget {
  readonly kind: "redirect";
  readonly host: string;
  readonly status: 301 | 302;
}

export type RouteTarget = BackendTarget | RedirectTarget;

/** What all routes of the probes have. */
export interface RouteHead extends ObjectRef {
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** None: all. */
  readonly hostnames: readonly string[];
  readonly parents: readonly ParentRef[];
}

export interface RouteFields extends RouteHead {
  /** Requests for it, and for what is below it. */
  readonly path: string;
  readonly to: RouteTarget;
  /**
   * Whether it can be asked about without anything being sent to its backend, which may be simulated:
   * a second rule redirects `PATH/served`.
   * @default false
   */
  readonly checked?: boolean;
  /** Of a checked route: to where it redirects whoever asks; nobody follows. @default {"served.example.com"} */
  readonly checkHost?: string;
}

const CHECK_HOST = "served.example.com";

export function httpRoute(fields: RouteFields): KubeObject {
  const { path, to, checked = false, checkHost: _, ...head } = fields;
  const rules = [ruleTo(to, { match: { type: "PathPrefix", value: path } })];
  if (checked) {
    rules.push(ruleTo(checkOf(fields), { match: { type: "Exact", value: checkPath(path) } }));
  }
  return routeWith(head, rules);
}

/** What the data plane answers that serves the route; see {@link RouteFields.checked}. */
export function expectedOf(fields: RouteFields): ExpectedAnswer {
  const { path, to, checked = false } = fields;
  const target = checked ? checkOf(fields) : to;
  const asked = checked ? checkPath(path) : path;
  if (target.kind === "backend") return { path: asked, status: 200 };
  return { path: asked, status: target.status, location: `http://${target.host}${asked}` };
}

function checkOf({ checkHost = CHECK_HOST }: RouteFields): RedirectTarget {
  return { kind: "redirect", host: checkHost, status: 302 };
}

function checkPath(path: string): string {
  return `${path === "/" ? "" : path}/served`;
}

/** As JSON; a rule that is sent is one of these. */
export type RouteRule = Readonly<Record<string, unknown>>;

interface RuleParts {
  readonly match: { readonly type: "PathPrefix" | "Exact"; readonly value: string };
  readonly filters?: readonly Readonly<Record<string, unknown>>[];
}

export function ruleTo(to: RouteTarget, { match, filters = [] }: RuleParts): RouteRule {
  const all = to.kind === "redirect" ? [...filters, redirect(to)] : filters;
  return {
    matches: [{ path: match }],
    ...(all.length === 0 ? {} : { filters: all }),
    ...(to.kind === "redirect" ? {} : { backendRefs: [backendRef(to)] }),
  };
}

export function routeWith(
  { name, namespace, labels, hostnames, parents }: RouteHead,
  rules: readonly RouteRule[],
): KubeObject {
  return {
    metadata: { name, namespace, ...given({ labels }) },
    spec: {
      parentRefs: parents.map((ref) => ({ group: GATEWAY_GROUP, kind: GATEWAYS.kind, ...ref })),
      ...(hostnames.length === 0 ? {} : { hostnames }),
      rules,
    },
  };
}

function backendRef({ service, namespace, port }: BackendTarget) {
  return { group: "", kind: "Service", name: service, namespace, port, weight: 1 };
}

function redirect({ host, status }: RedirectTarget) {
  return { type: "RequestRedirect", requestRedirect: { hostname: host, statusCode: status } };
}
