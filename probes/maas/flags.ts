/** The flags of every maas probe that puts a load on. @module */

import {
  choice,
  duration,
  flag,
  integer,
  number,
  readable,
  text,
  toggle,
  type Values,
} from "../../core/command/flags.ts";
import { LADDER_FLAGS } from "../../core/command/ladder_flags.ts";
import { CLEANUP_FLAGS, DRY_RUN_FLAG, RUN_FLAGS } from "../../core/command/run_flags.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { SHORTEST_TOKEN_LIFE_MS } from "../../kube/service_account/shortest_life.ts";
import { namespaceName } from "../../kube/namespace_flag.ts";
import { PART_FLAGS } from "./frame/component_flags.ts";
import { SUMMARY_FLAGS } from "./frame/k6.ts";
import { parseTiers } from "./frame/tiers.ts";
import { LIMIT_FLAGS } from "./policies/flags.ts";
import { TARGET_FLAGS } from "./target/flags.ts";

const asIs = (given: string) => given;

/** What is asked of the model. */
export const QUESTION_FLAGS = {
  form: flag(choice(["chat", "completions", "compat"]), {
    help:
      "messages to chat/completions, a prompt to completions, or a prompt to chat/completions, " +
      "as the k6 script of the field sends it",
    default: "chat",
  }),
  prompt: flag(text(), { help: "what is asked", default: "Write a haiku about load." }),
  "max-tokens": flag(integer({ min: 1 }), {
    help: "most tokens of an answer",
    variables: { MAX_TOKENS_FREE: asIs },
    default: 50,
  }),
  stream: flag(toggle, {
    help: "answers come token by token, and the time to the first and between them is measured",
    default: false,
  }),
  timeout: flag(duration({ minMs: 1 }), {
    help: "longest time for an answer",
    variables: { REQUEST_TIMEOUT: asIs },
    default: 30_000,
  }),
};

/** They go along with a load, and are none. */
const MOST_CANARIES_PER_SEC = 100;

/** Of every probe that puts a load on. */
export const MAAS_FLAGS = {
  ...TARGET_FLAGS,
  ...QUESTION_FLAGS,
  tiers: flag(readable("tier=share,...", parseTiers), {
    help: "tiers that users are of, e.g. free or free=8,premium=2",
    default: "free",
  }),
  "make-at-once": flag(integer({ min: 1, max: 1_000 }), {
    help: "users that are made, or whose credentials are renewed, at a time",
    default: 8,
  }),
  "token-lifetime": flag(duration({ minMs: SHORTEST_TOKEN_LIFE_MS }), {
    help:
      "how long a credential is good, which is renewed before; default: as long as the run may take",
    variables: { TOKEN_EXPIRATION: asIs },
  }),
  "canary-rate": flag(number({ min: 0, max: MOST_CANARIES_PER_SEC }), {
    help:
      "requests per second that must be refused, during the load: without a token, with a damaged " +
      "one, and of a user without access; 0: none",
    default: 1,
  }),
  ...LIMIT_FLAGS,
  ...PART_FLAGS,
  ...SUMMARY_FLAGS,
  namespace: flag(namespaceName(), {
    help: "namespace of what belongs to no tier: the run's record, and the user without access",
    default: "scaletest",
    short: "n",
  }),
  "dry-run": DRY_RUN_FLAG,
  ...CLUSTER_FLAGS,
  // Making users over a single one is as slow as one program reads one socket.
  conns: { ...CLUSTER_FLAGS.conns, defaultValue: 4 },
  ...CLEANUP_FLAGS,
  ...RUN_FLAGS,
};
export type MaasFlags = typeof MAAS_FLAGS;
export type MaasValues = Values<MaasFlags>;

/** Of those that do not make a number of users by themselves. */
export const ACCOUNT_FLAGS = {
  accounts: flag(integer({ min: 1 }), {
    help: "users that are made, each with a credential of its own; default: as many as are needed",
    variables: { FREE_USERS: asIs },
  }),
};

/** Of those that climb. */
export const LEVEL_FLAGS = {
  ...LADDER_FLAGS,
  duration: flag(duration({ minMs: 1_000 }), {
    help: "how long each level is judged; the same as --stage-duration",
    variables: { SOAK_DURATION: asIs },
  }),
};
