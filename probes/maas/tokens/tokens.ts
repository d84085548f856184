/**
 * Tokens: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import { share } from "../../../core/command/flags.ts";
import { isGiven } from "../../../core/command/settings.ts";
import { UsageError } from "../../../core/errors.ts";
import type { CauseSpec } from "../../../core/judge/cause.ts";
import type { Measures } from "../../../core/run/measures.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { TOKEN_REVIEWS } from "../../../kube/service_account/token_review.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { CAUSES_OF_REFUSALS } from "../frame/causes.ts";
import { k6Of } from "../frame/k6.ts";
import type { MaasProbe } from "../frame/maas_probe.ts";
import { maasUse } from "../frame/maas_use.ts";
import { questionFrom, questionText } from "../frame/question.ts";
import { failureTable } from "../frame/tables.ts";
import { CREATE_ACCOUNT, REQUEST_TOKEN } from "../users/measured.ts";
import { parseCounts, type TokensFlags, type TokensValues } from "./command.ts";
import { REVIEW } from "../frame/review.ts";
import { PROVISION, UNPROVISIONED, volumeTags } from "./measured.ts";
import { volumeTables } from "./tables.ts";
import { type TokensPlan, volumesOf, workingSetOf } from "./tokens_plan.ts";
import { measureTokens } from "./tokens_run.ts";
import { LEAST_OK_RATIO } from "./volume_judgement.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useTokens(invocation: Identified<TokensFlags>): ClusterUse {
  return maasUse(invocation, tokens(invocation));
}

/** Of answers that are quick, less is noise. */
const LEAST_GROWTH_MS = 1;
/** With 73 or less the interval of a p95 has no upper end. */
const FEWEST_REVIEWS = 100;

/** @throws {UsageError} for values of which no run can be made */
export function tokens({ values, shown }: Identified<TokensFlags>): MaasProbe {
  if (isGiven(shown, "duration")) {
    throw new UsageError(
      "--duration does not go with tokens: each arm ends after its --requests and --arm-time",
    );
  }
  const plan = planOf(values);
  const { tier, counts, reviews, workers } = plan;
  const question = questionFrom(values);
  return {
    name: "tokens",
    model: `closed, ${workers} workers, ${questionText(question)}, with few tokens and with all`,
    mainOperation: CHAT_OP,
    defaultThresholds: thresholdsOf(plan),
    causes: causesOf(plan),
    k6: k6Of(values, "tokens_{level}.json"),
    tables: [...volumeTables(reviews > 0), failureTable()],
    measures: measuresOf(plan),
    sections: sectionsOf(plan),
    question,
    tiers: [{ tier, count: Math.max(...counts) }],
    // Whether the gateway answers at all is asked as one of them.
    firstUsers: [{ tier, count: 1 }],
    lastsMs: undefined,
    sockets: workers,
    rights: reviews > 0 ? [{ verb: "create", kind: TOKEN_REVIEWS }] : [],
    work: (scene) => measureTokens(scene, plan),
  };
}

function planOf(values: TokensValues): TokensPlan {
  const { reviews } = values;
  if (reviews > 0 && reviews < FEWEST_REVIEWS) {
    throw new UsageError(
      `--reviews ${reviews} are too few to know their p95: take ${FEWEST_REVIEWS} or more, or 0`,
    );
  }
  return {
    counts: parseCounts(values.counts),
    tier: values.tiers,
    workers: values.workers,
    requests: values.requests,
    armMs: values["arm-time"],
    workingSet: values["working-set"],
    reviews,
    margin: { ratio: values.margin, leastMs: LEAST_GROWTH_MS },
  };
}

/** Beside what each number comes to against the smallest one, which the run finds. */
function thresholdsOf({ counts, reviews }: TokensPlan): string[] {
  const operations = [CREATE_ACCOUNT, REQUEST_TOKEN, ...(reviews > 0 ? [REVIEW] : [])];
  return [
    ...operations.map((op) => `${op}.failed.count <= 0`),
    ...counts.map((count) =>
      `${CHAT_OP}{tokens=${count}}.ok.ratio >= ${share.format(LEAST_OK_RATIO)}`
    ),
  ];
}

function causesOf({ reviews }: TokensPlan): CauseSpec[] {
  const failing = (op: string, because: string): CauseSpec => ({
    component: "API server",
    sign: `${op}.failed.count <= 0`,
    because,
  });
  return [
    ...CAUSES_OF_REFUSALS,
    failing(CREATE_ACCOUNT, "service accounts could not be made"),
    failing(REQUEST_TOKEN, "tokens were not issued"),
    ...(reviews > 0 ? [failing(REVIEW, "good tokens were not believed, or not reviewed")] : []),
  ];
}

function measuresOf(plan: TokensPlan): Measures {
  return {
    counters: volumesOf(plan).map((volume) => ({ name: UNPROVISIONED, tags: volumeTags(volume) })),
    others: [PROVISION, ...(plan.reviews > 0 ? [REVIEW] : [])],
  };
}

function sectionsOf(plan: TokensPlan): MaasProbe["sections"] {
  const { counts, requests, reviews, margin, armMs } = plan;
  return [
    { title: "numbers of users", value: `${counts.join(", ")}, then the first once more` },
    {
      title: "arms",
      value: [
        `fixed: ${workingSetOf(plan)} tokens`,
        "full: all tokens, each twice or more",
        reviews === 0 ? "no reviews" : `reviews: ${reviews} fresh tokens at the API server, twice`,
      ],
    },
    { title: "an arm", value: `${requests} requests and ${formatDuration(armMs)}, or more` },
    { title: "no impact", value: `p95 grows by at most ${share.format(margin.ratio)}, or 1ms` },
  ];
}
