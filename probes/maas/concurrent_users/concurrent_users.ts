/**
 * Concurrent users: flags -> what it does, measures and is judged by. Contacts nothing.
 * @module
 */

import { givenLadder, ladderSections } from "../../../core/command/given_ladder.ts";
import { highestLevel } from "../../../core/ladder/ladder.ts";
import type { ClusterUse, Identified } from "../../../kube/conduct_on_cluster.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { causesOf } from "../frame/causes.ts";
import { CLASSES_OF_USERS } from "../frame/classes.ts";
import { k6Of } from "../frame/k6.ts";
import { longestMs } from "../frame/levels.ts";
import { maasUse } from "../frame/maas_use.ts";
import type { MaasProbe } from "../frame/maas_probe.ts";
import { questionFrom, questionText } from "../frame/question.ts";
import { levelTables } from "../frame/tables.ts";
import type { ConcurrentUsersFlags } from "./command.ts";
import { concurrentUsersPlan } from "./concurrent_users_plan.ts";
import { climbUsers } from "./concurrent_users_run.ts";

/** What it asks of a cluster, and its run there. @throws {UsageError} */
export function useConcurrentUsers(invocation: Identified<ConcurrentUsersFlags>): ClusterUse {
  return maasUse(invocation, concurrentUsers(invocation));
}

/** @throws {UsageError} for values of which no run can be made */
export function concurrentUsers(invocation: Identified<ConcurrentUsersFlags>): MaasProbe {
  const { values } = invocation;
  const plan = concurrentUsersPlan(invocation);
  const { ladder, accounts, firstAccounts } = plan;
  const question = questionFrom(values);
  const climb = givenLadder(values, ladder, CLASSES_OF_USERS);
  return {
    name: "users",
    model: `closed, ${questionText(question)}, each user as soon as it has its answer`,
    mainOperation: CHAT_OP,
    changes: {},
    defaultThresholds: [],
    causes: causesOf("1s"),
    k6: k6Of(values, "scale_{level}vus.json"),
    tables: levelTables("Concurrent users", values),
    measures: { counters: [], others: [] },
    ...climb,
    sections: [
      { title: "question", value: questionText(question) },
      ...ladderSections(ladder, climb.classes),
    ],
    isDivisible: true,
    question,
    tiers: accounts,
    firstUsers: firstAccounts,
    lastsMs: longestMs(ladder),
    sockets: highestLevel(ladder),
    work: (scene) => climbUsers(scene, plan),
  };
}
