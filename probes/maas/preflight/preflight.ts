/** Preflight: flags -> what it asks of a cluster, and its run there. Contacts nothing. @module */

import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { SUBJECT_ACCESS_REVIEWS } from "../../../kube/service_account/access_review.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import type { MaasFlags, MaasValues } from "../flags.ts";
import { frameMeasures } from "../frame/frame_measures.ts";
import { maasNeeds } from "../frame/maas_needs.ts";
import type { MaasProbe } from "../frame/maas_probe.ts";
import { questionFrom, questionText } from "../frame/question.ts";
import { parseTiers } from "../frame/tiers.ts";
import { MAAS_REASONS } from "../reasons.ts";
import type { TierCount } from "../users/account_users.ts";
import { runPreflight } from "./run_preflight.ts";

/** Longest time for which its users are needed. */
const LASTS_MS = 600_000;

/** @throws {UsageError} for flags of which no run can be made */
export function usePreflight({ values, identity }: Identified<MaasFlags>): ClusterUse {
  const tiers = parseTiers(values.tiers).map(({ tier }) => ({ tier, count: 1 }));
  const needs = needsOf(values, tiers);
  const model = `one ${questionText(questionFrom(values))} of each user`;
  return {
    // What is missing is a finding, and no reason to look at nothing else.
    needs: { ...needs, rights: needs.rights.map((right) => ({ onlyFor: "a run", ...right })) },
    values: { ...values, duration: undefined },
    dryRun: values["dry-run"]
      ? [
        { title: "command", value: identity.command },
        { title: "run id", value: identity.runId },
        { title: "gateway", value: values.gateway },
        { title: "question", value: model },
        { title: "users", value: tiers.map(({ tier }) => `1 of tier ${tier}`) },
        { title: "namespaces", value: needs.namespaces },
        { title: "limits", value: "left as they are" },
      ]
      : undefined,
    plan: (session) => ({
      target: `Gateway ${values.gateway} of ${session.target.server}`,
      model,
      targetRatePerSec: null,
      mainOperation: CHAT_OP,
      defaultThresholds: [],
      isStaged: true,
      reasons: MAAS_REASONS,
      measures: frameMeasures(tiers.map(({ tier }) => tier)),
      instrument: (run, say) =>
        runPreflight(run, { values, identity, session, tiers, needs, lastsMs: LASTS_MS, say }),
    }),
  };
}

/** Those of a run with as many users. */
function needsOf(values: MaasValues, tiers: readonly TierCount[]): ClusterNeeds {
  const probe: Pick<MaasProbe, "tiers" | "sockets" | "rights" | "defaultThresholds"> = {
    tiers,
    sockets: tiers.length,
    defaultThresholds: [],
    rights: [{
      verb: "create",
      kind: SUBJECT_ACCESS_REVIEWS,
      onlyFor: "whether a tier may use the model",
    }],
  };
  return maasNeeds(values, probe);
}
