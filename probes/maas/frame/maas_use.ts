/**
 * Flags and a probe -> what one use asks of a cluster, and its run there. Contacts nothing.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import type { PlanSection } from "../../../core/command/dry_run.ts";
import { isGiven } from "../../../core/command/settings.ts";
import { allMeasures } from "../../../core/run/measures.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import type { MaasFlags, MaasValues } from "../flags.ts";
import { NOBODY_LET_IN } from "./canaries.ts";
import { partSources } from "./component_flags.ts";
import { partMeasures } from "./part_watch.ts";
import { frameMeasures } from "./frame_measures.ts";
import { maasNeeds } from "./maas_needs.ts";
import type { MaasProbe } from "./maas_probe.ts";
import { layGroundwork, runMaas } from "./run_maas.ts";
import { MAAS_REASONS } from "../reasons.ts";

/** A probe on the gateway that the flags name. @throws {UsageError} for flags of which no run can be made */
export function maasUse(invocation: Identified<MaasFlags>, probe: MaasProbe): ClusterUse {
  const { values, identity, shown } = invocation;
  if (isGiven(shown, "warmup")) {
    throw new UsageError("--warmup does not go with stages: each has its --settle");
  }
  const needs = maasNeeds(values, probe);
  const options = { probe, values, identity, namespaces: needs.namespaces };
  return {
    needs,
    values: { ...values, duration: undefined },
    dryRun: values["dry-run"] ? sectionsOf(invocation, probe) : undefined,
    plan: (session) => ({
      ...probe,
      invariants: [NOBODY_LET_IN],
      weighsChance: true,
      target: `Gateway ${values.gateway} of ${session.target.server}`,
      targetRatePerSec: null,
      isStaged: true,
      reasons: MAAS_REASONS,
      measures: allMeasures(
        frameMeasures(probe.tiers.map(({ tier }) => tier)),
        partMeasures(partSources(values)),
        probe.measures,
      ),
      ...probe.isDivisible === true
        ? { groundwork: (run, say) => layGroundwork(run, { ...options, session, say }) }
        : {},
      instrument: (run, say) => runMaas(run, { ...options, session, say }),
    }),
  };
}

function sectionsOf({ values, identity }: Identified<MaasFlags>, probe: MaasProbe): PlanSection[] {
  const { namespaces, otherSockets } = maasNeeds(values, probe);
  return [
    { title: "command", value: identity.command },
    { title: "run id", value: identity.runId },
    { title: "gateway", value: values.gateway },
    { title: "probe", value: probe.model },
    ...probe.sections,
    { title: "users", value: probe.tiers.map(({ tier, count }) => `${count} of tier ${tier}`) },
    { title: "namespaces", value: namespaces },
    { title: "limits", value: limitsText(values) },
    { title: "sockets", value: `up to ${otherSockets} to the gateway` },
    { title: "thresholds", value: [NOBODY_LET_IN, ...probe.defaultThresholds] },
  ];
}

function limitsText(values: MaasValues): string {
  if (!values["raise-limits"]) return "left as they are";
  return `of requests raised to ${values["raise-requests"]}, of tokens to ${
    values["raise-tokens"]
  }, ` +
    "and given back";
}
