/**
 * What does a use of steve-watch do? Flags -> who watches, what is written, read and looked at, and
 * what must hold. Connects to nothing.
 * @module
 */

import { ladderOf, ladderSections } from "../../core/command/given_ladder.ts";
import { UsageError } from "../../core/errors.ts";
import type { Invocation } from "../../core/command/command.ts";
import { firstLevel, highestLevel, type Ladder } from "../../core/ladder/ladder.ts";
import type { PlanSection } from "../../core/command/dry_run.ts";
import { ourCount, WHOLE } from "../../core/load/share.ts";
import { effectiveThresholds } from "../../core/run/make_manifest.ts";
import { allMeasures, countersOf, type Measures } from "../../core/run/measures.ts";
import { isGiven, shownWithChosen } from "../../core/command/settings.ts";
import { formatBytes, formatDuration, formatSignificant } from "../../core/units.ts";
import { usageMeasures } from "../../kube/component/usage.ts";
import type { ClusterNeeds, NeededRight } from "../../kube/kubernetes_command.ts";
import { FLOW_NAME_RIGHTS } from "../../kube/http/flow_control.ts";
import type { Resource } from "../../kube/resource.ts";
import {
  MOST_WATCHERS,
  PROFILES,
  STEVE_WATCH_FLAGS,
  type SteveWatchFlags,
  type SteveWatchValues,
} from "./flags.ts";
import type { SteveLogin } from "./client/login.ts";
import { FLEET_MEASURES } from "./fleet/fleet_figures.ts";
import { CHURNED_TYPES, FOO_TYPE, FOOS } from "./load/objects.ts";
import { setUpRights } from "./set_up/set_up.ts";
import { execProbePermissions } from "./wal/wal_probe.ts";
import { parseWalSource, type WalSource } from "./wal/wal_source.ts";
import { type WriteTimes, writeTimes } from "./write_times.ts";
import type { SteveType, SubscriptionSpec } from "./written_event.ts";

export interface StevePlan extends WriteTimes {
  readonly values: SteveWatchValues;
  /** With what the profile says. */
  readonly shown: Invocation["shown"];
  /** Undefined: one load. */
  readonly ladder: Ladder | undefined;
  readonly subscriptions: readonly SubscriptionSpec[];
  /** Those of the watched types that are written. */
  readonly churned: ReadonlyMap<SteveType, Resource>;
  readonly changesDefinition: boolean;
  /** Undefined: nobody looks. */
  readonly walSource: WalSource | undefined;
  readonly credentials: SteveLogin;
  readonly defaultThresholds: readonly string[];
}

/** Steve among the components of which usage is read. */
export const STEVE_COMPONENT = "steve";

/** Each of these fails the run beyond one in twenty. */
const MOST_FAILED = "5%";

/** @throws {UsageError} for values of which no run can be made */
export function stevePlan(
  { values: given, shown }: Pick<Invocation<SteveWatchFlags>, "values" | "shown">,
): StevePlan {
  const chosen = ofProfile(given, shown);
  const ladder = steveLadder({ values: { ...given, ...chosen }, shown });
  const values = valuesFor({ ...given, ...chosen }, ladder);
  const { type: types } = values;
  const churned = new Map([...CHURNED_TYPES].filter(([type]) => types.includes(type)));
  const subscriptions = [...new Set(types)].map((type) => subscriptionOf(type, values));
  const changesDefinition = values["crd-period"] > 0 && churned.has(FOO_TYPE);
  const times = writeTimes(values, {
    streams: subscriptions,
    changesDefinition,
    what: ladder === undefined ? "--duration" : "--stage-duration",
  });
  const plan = {
    values,
    shown: shownWithChosen(shown, {
      flags: STEVE_WATCH_FLAGS,
      chosen: ladder === undefined ? chosen : { ...chosen, count: undefined, duration: undefined },
      source: "profile",
    }),
    ladder,
    subscriptions,
    churned: values["churn-rate"] > 0 ? churned : new Map<SteveType, Resource>(),
    changesDefinition,
    walSource: walSourceOf(values),
    credentials: credentialsOf(values),
    ...times,
  };
  return { ...plan, defaultThresholds: thresholdsOf(plan) };
}

function steveLadder(
  given: Pick<Invocation<SteveWatchFlags>, "values" | "shown">,
): Ladder | undefined {
  return ladderOf(given, {
    climbables: [{
      flag: "count",
      unit: "watchers",
      isWhole: true,
      highest: MOST_WATCHERS,
      startLevel: given.values.count,
    }],
  });
}

/** For as many watchers as there can be, and for as long as they are there together. */
function valuesFor(values: SteveWatchValues, ladder: Ladder | undefined): SteveWatchValues {
  if (ladder === undefined) return values;
  const duration = ladder.settleMs + ladder.stageDurationMs;
  return { ...values, count: highestLevel(ladder), duration };
}

/** What a rung is. */
export function planAt(plan: StevePlan, count: number): StevePlan {
  return { ...plan, ladder: undefined, values: { ...plan.values, count } };
}

/** What the profile says of flags that nobody gave. */
function ofProfile(
  { profile }: SteveWatchValues,
  shown: Invocation["shown"],
): Partial<SteveWatchValues> {
  const chosen = Object.entries(PROFILES[profile]).filter(([name]) => !isGiven(shown, name));
  return Object.fromEntries(chosen);
}

function subscriptionOf(
  type: SteveType,
  { mode, debounce, namespace, "watch-namespace": isScoped }: SteveWatchValues,
): SubscriptionSpec {
  const isNamespaced = CHURNED_TYPES.get(type)?.namespaced ?? true;
  return {
    type,
    ...(mode === "objects" ? { mode: "" } : { mode: "resource.changes", debounceMs: debounce }),
    ...(isScoped && isNamespaced ? { namespace } : {}),
  };
}

function walSourceOf({ "wal-source": source }: SteveWatchValues): WalSource | undefined {
  if (source === "none") return undefined;
  const walSource = parseWalSource(source);
  if (walSource.kind !== "metrics" || walSource.urls.length > 0) return walSource;
  throw new UsageError(
    "--wal-source metrics: name the page, e.g. metrics:http://host:6080/metrics",
  );
}

/** A name without a password is nobody's login: shells set USERNAME. */
function credentialsOf(values: SteveWatchValues): SteveLogin {
  const { "steve-token": token, "steve-auth": as, username, password } = values;
  if (token !== undefined) return { kind: "token", token, as };
  if (username === undefined || password === undefined) return { kind: "none" };
  return { kind: "password", username, password };
}

function thresholdsOf(plan: Omit<StevePlan, "defaultThresholds">): string[] {
  const { values, churned, changesDefinition, walSource } = plan;
  const operations = [
    "connect",
    ...(churned.size > 0 ? ["create", "delete"] : []),
    ...(changesDefinition ? ["crdChange", "crdShown"] : []),
    ...(values["read-rate"] > 0 ? ["lightRead"] : []),
    ...(walSource === undefined ? [] : ["walCheck"]),
  ];
  return [
    ...(values["read-rate"] > 0 ? ["lightRead.p95 < 100ms"] : []),
    ...(walSource === undefined ? [] : ["walBytes.max < 10MiB"]),
    ...operations.map((operation) => `${operation}.failed.ratio <= ${MOST_FAILED}`),
  ];
}

/** What this use can measure. */
export function steveMeasures(
  { values, churned, changesDefinition, walSource }: Omit<StevePlan, "defaultThresholds">,
): Measures {
  const reads = values["read-rate"] > 0;
  const churns = churned.size > 0;
  const hasUsage = values["steve-pprof"] !== undefined;
  return allMeasures(FLEET_MEASURES, usageMeasures(hasUsage ? [{ name: STEVE_COMPONENT }] : []), {
    counters: [
      ...(reads ? countersOf("staleReads", "freshReads") : []),
      ...(hasUsage ? countersOf("runtimeFailures") : []),
    ],
    others: [
      ...(churns ? ["create", "delete"] : []),
      ...(changesDefinition ? ["crdChange", "crdShown"] : []),
      ...(reads ? ["lightRead", "lightReadBytes", "readStaleness"] : []),
      ...(walSource === undefined ? [] : ["walCheck", "walBytes"]),
      ...(hasUsage ? ["steveGoroutines", "steveHeapBytes"] : []),
    ],
  });
}

/** Of the cluster whose API is written to; Steve's own rights are its user's. */
export function steveNeeds(
  { values, churned, walSource, defaultThresholds }: StevePlan,
  share = WHOLE,
): ClusterNeeds {
  const { namespace, "churn-rate": ratePerSec, "object-lifetime": lifetimeMs } = values;
  const ofProbe: NeededRight[] = walSource?.kind === "exec"
    ? execProbePermissions({ namespace: values["rancher-namespace"] })
      .map(({ resource: kind, ...right }) => ({ ...right, kind }))
    : [];
  const mostAtOnce = 1 + Math.ceil(ratePerSec * (lifetimeMs / 1_000 + 1));
  return {
    rights: [...setUpRights({ namespace, types: churned }), ...ofProbe, ...FLOW_NAME_RIGHTS],
    namespaces: [namespace],
    createsNamespaces: true,
    definesKinds: [FOOS],
    objects: [...churned.values()].map((kind) => ({ kind, mostAtOnce })),
    requestsPerSec: 2 * churned.size * ratePerSec,
    connections: values.conns,
    otherSockets: ourCount(share, values.count),
    watches: churned.size,
    defaultThresholds,
  };
}

/** The load in a line, for people. */
export function steveModel({ values, ladder, subscriptions, churned }: StevePlan): string {
  const count = ladder === undefined ? values.count : firstLevel(ladder);
  const { "connect-rate": connectRate, "churn-rate": churnRate } = values;
  const types = subscriptions.map(({ type }) => type).join(", ");
  const writes = churned.size === 0
    ? "nothing is written"
    : `open, constant:${formatSignificant(churnRate)}/s cycles of ${churned.size} objects`;
  const climbs = ladder === undefined ? "" : `, then more ${ladder.unit}`;
  return `${count} watchers at ${formatSignificant(connectRate)}/s of ${types}; ${writes}${climbs}`;
}

/** For `--dry-run`. */
export function planSections(plan: StevePlan): PlanSection[] {
  const { values, ladder, changesDefinition, walSource, defaultThresholds } = plan;
  const { "read-rate": readRate, "crd-period": crdPeriodMs } = values;
  return [
    { title: "command", value: "steve-watch" },
    { title: "steve", value: values["steve-url"] },
    { title: "load", value: steveModel(plan) },
    { title: "payload", value: formatBytes(values.payload) },
    {
      title: "definition changes",
      value: changesDefinition ? `every ${formatDuration(crdPeriodMs)}` : "none",
    },
    { title: "light reads", value: readRate > 0 ? `${formatSignificant(readRate)}/s` : "none" },
    { title: "wal", value: walSource?.kind ?? "none" },
    { title: "namespace", value: values.namespace },
    ...ladder === undefined
      ? [{ title: "duration", value: formatDuration(values.duration) }]
      : ladderSections(ladder),
    { title: "thresholds", value: effectiveThresholds(values, defaultThresholds) },
  ];
}
