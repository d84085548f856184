/**
 * `scaletool maas users` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import { flag, integer, toggle, type Values } from "../../../core/command/flags.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { ACCOUNT_FLAGS, LEVEL_FLAGS, MAAS_FLAGS } from "../flags.ts";
import { MAAS_REASONS } from "../reasons.ts";

/** Each is a socket, and its buffers at both ends. */
export const MOST_USERS = 10_000;

const asIs = (given: string) => given;

/** Beside those of every probe. */
export const CONCURRENT_USERS_FLAGS = {
  ...MAAS_FLAGS,
  ...ACCOUNT_FLAGS,
  ...LEVEL_FLAGS,
  users: flag(integer({ min: 1, max: MOST_USERS }), {
    help:
      "users that ask at the same time, each again as soon as it has its answer; this level alone, " +
      "or where --find-max begins; default: 10, 25, 50, 75 and 100, one after another",
    variables: { BURST_VUS: asIs },
  }),
  iterations: flag(integer({ min: 1 }), {
    help: "end a level after so many judged questions in all, if its time is not over before",
    variables: { BURST_ITERATIONS: asIs },
  }),
  "share-tokens": flag(toggle, {
    help:
      "with fewer --accounts than users: let several of them use one credential, and so one quota " +
      "and one place in caches",
    default: false,
  }),
};
export type ConcurrentUsersFlags = typeof CONCURRENT_USERS_FLAGS;
export type ConcurrentUsersValues = Values<ConcurrentUsersFlags>;

const DESCRIPTION =
  `Users that ask a model through its gateway at the same time, each with a credential and connections of its own: more at
each level, until it breaks. Limits of the gateway are raised for the run and given back; where one stands in the way all
the same, the answer is policy-limited and no capacity. Requests that must be refused go along with the load. What breaks
is accused by its own signs: the auth service, the limiter, the API server, the model, the gateway, or this program.`;

export const concurrentUsersCommand = defineLoadCommand({
  name: "users",
  summary: "how many users at once a model gateway serves, and what gives way first",
  description: DESCRIPTION,
  flags: CONCURRENT_USERS_FLAGS,
  reasons: MAAS_REASONS,
  examples: [
    {
      line: "maas users",
      does:
        "10, 25, 50, 75 and 100 users at once, 30 s each, and stop at the first level that breaks",
    },
    {
      line: "maas users --find-max --users 20 --stream",
      does: "the most users at once that are served well, with times to the first token",
    },
    {
      line: "maas users --users 50 --iterations 500 --model facebook/opt-125m",
      does: "500 questions of 50 users, as one phase of the plan of the field",
    },
  ],
  use: async (invocation) => (await import("./concurrent_users.ts")).useConcurrentUsers(invocation),
});
