/**
 * Flags and probes -> what one use asks of a cluster, and its run there: Gateways looked up and made
 * sure of, namespaces and watches, then each probe on each of its scenes. Puts no load on itself.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import type { PlanSection } from "../../../core/command/dry_run.ts";
import { isGiven } from "../../../core/command/settings.ts";
import { effectiveThresholds } from "../../../core/run/make_manifest.ts";
import { allMeasures } from "../../../core/run/measures.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import {
  GATEWAY_CLASSES,
  GATEWAYS,
  HTTP_ROUTES,
  REFERENCE_GRANTS,
} from "../../../kube/gateway_api/kinds.ts";
import type { ClusterUse, GrantedSession, Identified } from "../../../kube/conduct_on_cluster.ts";
import { FLOW_NAME_RIGHTS } from "../../../kube/http/flow_control.ts";
import type { ClusterNeeds, NeededRight } from "../../../kube/kubernetes_command.ts";
import { NAMESPACE_RIGHTS } from "../../../kube/owned/namespaces.ts";
import { recordRights } from "../../../kube/owned/run_record.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, type Resource } from "../../../kube/resource.ts";
import type { GatewayFlags, GatewayValues } from "../flags.ts";
import { parseAddressOverride, parseGatewayRef } from "./gateway_ref.ts";
import { frameMeasures } from "./frame_measures.ts";
import { backendRights } from "./backend.ts";
import { namespacesOf } from "./probe_namespaces.ts";
import type { GatewayProbe } from "./gateway_probe.ts";
import { routeNames } from "./route_set.ts";
import { runProbes } from "./run_probes.ts";

/**
 * One or several probes, one after another, on the Gateways that the flags name.
 * @throws {UsageError} for flags of which no run can be made
 */
export function gatewayUse(
  invocation: Identified<GatewayFlags>,
  probes: readonly GatewayProbe[],
): ClusterUse {
  const { values, identity } = invocation;
  requireUsable(invocation);
  requireNames(invocation);
  return {
    needs: needsOf(values, probes),
    values: probes.some(({ hasOwnDuration }) => hasOwnDuration)
      ? { ...values, duration: undefined }
      : values,
    dryRun: values["dry-run"] ? sectionsOf(invocation, probes) : undefined,
    plan: (session) => planOf(probes, { values, identity, session }),
  };
}

function requireUsable({ values, shown }: Identified<GatewayFlags>): void {
  const { gateways, joined, split, address } = values;
  if (gateways.length === 0) {
    throw new UsageError(
      "--gateways: name at least one Gateway, as NAMESPACE/NAME (kubectl get gateways -A lists them)",
    );
  }
  if (joined && split) {
    throw new UsageError("--joined does not go with --split: take one of them");
  }
  if (isGiven(shown, "warmup")) {
    throw new UsageError("--warmup does not go with stages: each begins when it is ready");
  }
  for (const text of address) {
    const { gateway } = parseAddressOverride(text);
    const isKnown = gateway === undefined
      ? new Set(gateways).size === 1
      : gateways.includes(gateway);
    if (isKnown) continue;
    throw new UsageError(
      gateway === undefined
        ? `--address ${text}: with several Gateways say which one, as NS/NAME=HOST:PORT`
        : `--address ${text}: ${gateway} is not among --gateways`,
    );
  }
}

/** @throws {UsageError} if the run's id gives no names of objects, before anything is made */
function requireNames({ identity }: Identified<GatewayFlags>): void {
  routeNames({ identity, pass: 0 });
}

/** Of a kind: what making and removing its objects asks for. */
function writeRights(kind: Resource, namespaces: readonly string[]): NeededRight[] {
  const verbs = ["create", "list", "delete", "deletecollection"];
  if (!kind.namespaced) return verbs.map((verb) => ({ verb, kind }));
  return namespaces.flatMap((namespace) => verbs.map((verb) => ({ verb, kind, namespace })));
}

function needsOf(values: GatewayValues, probes: readonly GatewayProbe[]): ClusterNeeds {
  const { all: namespaces, ofRoutes, granting } = namespacesOf(values, probes);
  const gatewayNamespaces = new Set(values.gateways.map((text) => parseGatewayRef(text).namespace));
  const kinds = new Map(
    probes.flatMap(({ objects }) => objects).map((made) => [made.kind as Resource, made]),
  );
  return {
    rights: [
      ...["get", "list", "watch"].flatMap((verb) =>
        [...gatewayNamespaces].map((namespace) => ({ verb, kind: GATEWAYS, namespace }))
      ),
      { verb: "get", kind: GATEWAY_CLASSES },
      {
        verb: "get",
        kind: CUSTOM_RESOURCE_DEFINITIONS,
        onlyFor: "the version of the Gateway API",
      },
      ...["get", "watch", "patch"].flatMap((verb) =>
        ofRoutes.map((namespace) => ({ verb, kind: HTTP_ROUTES, namespace }))
      ),
      ...writeRights(HTTP_ROUTES, namespaces),
      ...[...kinds.keys()].filter((kind) => kind !== HTTP_ROUTES)
        .flatMap((kind) => writeRights(kind, namespaces)),
      ...(granting.length === 0 ? [] : writeRights(REFERENCE_GRANTS, namespaces)),
      ...backendRights(values),
      ...probes.flatMap(({ rights = [] }) => rights),
      ...(values["create-namespace"] ? NAMESPACE_RIGHTS : []),
      ...recordRights(namespaces[0]!),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces,
    createsNamespaces: values["create-namespace"],
    objects: [...kinds.values()],
    requestsPerSec: null,
    connections: values.conns,
    otherSockets: Math.max(...probes.map(({ otherSockets }) => otherSockets)),
    watches: new Set(values.gateways).size + ofRoutes.length,
    defaultThresholds: thresholdsOf(probes),
  };
}

function thresholdsOf(probes: readonly GatewayProbe[]): string[] {
  return [...new Set(probes.flatMap(({ defaultThresholds }) => defaultThresholds))];
}

function sectionsOf(
  { values, identity }: Identified<GatewayFlags>,
  probes: readonly GatewayProbe[],
): PlanSection[] {
  return [
    { title: "command", value: identity.command },
    { title: "run id", value: identity.runId },
    { title: "gateways", value: [...new Set(values.gateways)] },
    { title: "routes are for", value: values.joined ? "all of them at once" : "one after another" },
    { title: "namespaces", value: namespacesOf(values, probes).all },
    ...probes.flatMap(({ name, model, sections }) => [
      { title: probes.length === 1 ? "probe" : `probe ${name}`, value: model },
      ...sections.map(({ title, value }) => ({
        title: probes.length === 1 ? title : `${name} ${title}`,
        value,
      })),
    ]),
    { title: "thresholds", value: effectiveThresholds(values, thresholdsOf(probes)) },
  ];
}

function planOf(
  probes: readonly GatewayProbe[],
  given: Pick<Identified<GatewayFlags>, "values" | "identity"> & { session: GrantedSession },
): RunPlan {
  const { values, session } = given;
  const gateways = [...new Set(values.gateways)];
  const [{ mainOperation, ladder, classes }] = probes as [GatewayProbe];
  return {
    target: `${gateways.length > 1 ? "Gateways" : "Gateway"} ${
      gateways.join(", ")
    } of ${session.target.server}`,
    facts: factsOf(values),
    model: probes.map(({ model }) => model).join("; "),
    targetRatePerSec: null,
    isStaged: true,
    ...(ladder === undefined ? {} : { ladder }),
    ...(classes === undefined ? {} : { classes }),
    defaultThresholds: thresholdsOf(probes),
    causes: probes.flatMap(({ causes = [] }) => causes),
    tables: probes.flatMap(({ tables = [] }) => tables),
    measures: allMeasures(
      frameMeasures(gateways),
      ...probes.map(({ measures }) => measures(gateways)),
    ),
    mainOperation,
    instrument: (run, say) => runProbes(run, { ...given, probes, gateways, say }),
  };
}

function factsOf({ joined, hostnames, listeners }: GatewayValues): Record<string, string> {
  return {
    mode: joined ? "joined: each route is for all Gateways" : "split: one Gateway after another",
    hostnames,
    ...(listeners.length === 0 ? {} : { listeners: listeners.join(", ") }),
  };
}
