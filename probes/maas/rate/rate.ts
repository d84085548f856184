/**
 * Rate: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import { givenLadder, ladderSections } from "../../../core/command/given_ladder.ts";
import { firstLevel } from "../../../core/ladder/ladder.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { causesOf } from "../frame/causes.ts";
import { CLASSES_OF_RATE } from "../frame/classes.ts";
import { k6Of } from "../frame/k6.ts";
import { longestMs } from "../frame/levels.ts";
import type { MaasProbe } from "../frame/maas_probe.ts";
import { maasUse } from "../frame/maas_use.ts";
import { questionFrom, questionText } from "../frame/question.ts";
import { levelTables } from "../frame/tables.ts";
import type { RateFlags } from "./command.ts";
import { ratePlan } from "./rate_plan.ts";
import { climbRates } from "./rate_run.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useRate(invocation: Identified<RateFlags>): ClusterUse {
  return maasUse(invocation, rate(invocation));
}

/** @throws {UsageError} for values of which no run can be made */
export function rate(invocation: Identified<RateFlags>): MaasProbe {
  const { values } = invocation;
  const plan = ratePlan(invocation);
  const { ladder, accounts, arrivalsAt } = plan;
  const question = questionFrom(values);
  const climb = givenLadder(values, ladder, CLASSES_OF_RATE);
  return {
    name: "rate",
    model: `open, from ${arrivalsAt(firstLevel(ladder)).label} on, ${questionText(question)}, ` +
      "users in turn",
    mainOperation: CHAT_OP,
    changes: {},
    defaultThresholds: [],
    causes: causesOf("500ms"),
    k6: k6Of(values, "rate_{level}rps.json"),
    tables: levelTables("Request rate", values),
    measures: { counters: [], others: [] },
    ...climb,
    sections: [
      { title: "question", value: questionText(question) },
      { title: "most in flight", value: String(values["max-in-flight"]) },
      ...ladderSections(ladder, climb.classes),
    ],
    isDivisible: true,
    question,
    tiers: accounts,
    lastsMs: longestMs(ladder),
    sockets: values["max-in-flight"],
    work: (scene) => climbRates(scene, plan),
  };
}
