/**
 * Flags and a probe -> what one use asks of a cluster, and its run there: Gateways looked up and made
 * sure of, namespaces and watches, then the probe on each of its scenes. Puts no load on itself.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import type { PlanSection } from "../../../core/command/dry_run.ts";
import { isGiven } from "../../../core/command/settings.ts";
import { effectiveThresholds } from "../../../core/run/make_manifest.ts";
import { allMeasures } from "../../../core/run/measures.ts";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import { GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { ClusterUse, GrantedSession, Identified } from "../../../kube/conduct_on_cluster.ts";
import { FLOW_NAME_RIGHTS } from "../../../kube/http/flow_control.ts";
import type { ClusterNeeds, NeededPresence } from "../../../kube/kubernetes_command.ts";
import { NAMESPACE_RIGHTS } from "../../../kube/owned/namespaces.ts";
import { recordRights } from "../../../kube/owned/run_record.ts";
import { writeRights } from "../../../kube/owned/write_rights.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, type Resource } from "../../../kube/resource.ts";
import type { GatewayFlags, GatewayValues } from "../flags.ts";
import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { addressOverride, parseAddressOverride } from "./gateway_ref.ts";
import { againstGateway } from "./ready_gateway.ts";
import { frameMeasures } from "./frame_measures.ts";
import { backendPresence, backendRights } from "./backend.ts";
import { namespacesOf } from "./probe_namespaces.ts";
import type { GatewayProbe } from "./gateway_probe.ts";
import { routeNames } from "./route_set.ts";
import { runProbe } from "./run_probe.ts";

/**
 * A probe on the Gateways that the flags name.
 * @throws {UsageError} for flags of which no run can be made
 */
export function gatewayUse(
  invocation: Identified<GatewayFlags>,
  probe: GatewayProbe,
): ClusterUse {
  const { values, identity } = invocation;
  requireUsable(invocation);
  requireNames(invocation);
  return {
    needs: needsOf(values, probe),
    values: probe.hasOwnDuration ? { ...values, duration: undefined } : values,
    dryRun: values["dry-run"] ? sectionsOf(invocation, probe) : undefined,
    plan: (session) => planOf(probe, { values, identity, session }),
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

function needsOf(values: GatewayValues, probe: GatewayProbe): ClusterNeeds {
  const { rights = [], otherSockets, defaultThresholds } = probe;
  const { all: namespaces, ofRoutes, objects, of } = namespacesOf(values, probe);
  const made = new Set(objects.map(({ kind }) => kind as Resource));
  const gatewayNamespaces = new Set(values.gateways.map((text) => parseGatewayRef(text).namespace));
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
      ...[...made].flatMap((kind) => writeRights(kind, of(kind))),
      ...backendRights(values),
      ...rights,
      ...(values["create-namespace"] ? NAMESPACE_RIGHTS : []),
      ...recordRights(namespaces[0]!),
      ...FLOW_NAME_RIGHTS,
    ],
    namespaces,
    createsNamespaces: values["create-namespace"],
    objects,
    present: [...gatewayPresence(values, ofRoutes), ...backendPresence(values)],
    requestsPerSec: null,
    connections: values.conns,
    otherSockets,
    watches: new Set(values.gateways).size + ofRoutes.length,
    defaultThresholds,
  };
}

/** Gateways that have to be there, with listeners that take routes of these namespaces. */
function gatewayPresence(values: GatewayValues, namespaces: readonly string[]): NeededPresence[] {
  const wishes = { names: values.listeners, namespaces, hostnames: values.hostnames };
  return [...new Set(values.gateways)].map((tag) => {
    const ref = parseGatewayRef(tag);
    const override = addressOverride(values.address, tag);
    return {
      kind: GATEWAYS,
      ...ref,
      against: (gateway) => againstGateway(gateway, { ref, wishes, override }),
    };
  });
}

function sectionsOf(
  { values, identity }: Identified<GatewayFlags>,
  probe: GatewayProbe,
): PlanSection[] {
  const { connections, otherSockets, watches } = needsOf(values, probe);
  return [
    { title: "command", value: identity.command },
    { title: "run id", value: identity.runId },
    { title: "gateways", value: [...new Set(values.gateways)] },
    { title: "routes are for", value: values.joined ? "all of them at once" : "one after another" },
    { title: "namespaces", value: namespacesOf(values, probe).all },
    { title: "probe", value: probe.model },
    ...probe.sections,
    {
      title: "sockets",
      value:
        `${connections} to the API server, with ${watches} watches; up to ${otherSockets} to ` +
        "data planes",
    },
    { title: "thresholds", value: effectiveThresholds(values, probe.defaultThresholds) },
  ];
}

function planOf(
  probe: GatewayProbe,
  given: Pick<Identified<GatewayFlags>, "values" | "identity"> & { session: GrantedSession },
): RunPlan {
  const { values, session } = given;
  const gateways = [...new Set(values.gateways)];
  return {
    ...probe,
    target: `${gateways.length > 1 ? "Gateways" : "Gateway"} ${
      gateways.join(", ")
    } of ${session.target.server}`,
    facts: factsOf(values),
    targetRatePerSec: null,
    isStaged: true,
    measures: allMeasures(frameMeasures(gateways), probe.measures(gateways)),
    instrument: (run, say) => runProbe(run, { ...given, probe, gateways, say }),
  };
}

function factsOf({ joined, hostnames, listeners }: GatewayValues): Record<string, string> {
  return {
    mode: joined ? "joined: each route is for all Gateways" : "split: one Gateway after another",
    hostnames,
    ...(listeners.length === 0 ? {} : { listeners: listeners.join(", ") }),
  };
}
