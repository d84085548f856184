/**
 * `scaletool maas tokens` as the command line knows it. What it does is loaded when it is used.
 * @module
 */

import {
  duration,
  flag,
  integer,
  readable,
  share,
  type Values,
} from "../../../core/command/flags.ts";
import { parseLevels } from "../../../core/ladder/levels.ts";
import { defineLoadCommand } from "../../../kube/load_command.ts";
import { MAAS_FLAGS } from "../flags.ts";
import { parseTiers } from "../frame/tiers.ts";
import { MAAS_REASONS } from "../reasons.ts";

/** Each is an object of the cluster. */
const MOST_ACCOUNTS = 10_000;

const asIs = (given: string) => given;

/** Ascending. @throws {SyntaxError | RangeError} */
export function parseCounts(text: string): number[] {
  const counts = parseLevels(text, { isWhole: true });
  if (counts.at(-1)! <= MOST_ACCOUNTS) return counts;
  throw new RangeError(`must be at most ${MOST_ACCOUNTS} users, not "${text}"`);
}

/** @throws {SyntaxError} */
function parseTier(text: string): void {
  if (parseTiers(text).length > 1 || text.includes("=")) {
    throw new SyntaxError(`must be one tier such as free, not "${text}"`);
  }
}

/** Beside those of every probe. */
export const TOKENS_FLAGS = {
  ...MAAS_FLAGS,
  counts: flag(readable("numbers", parseCounts), {
    help: "numbers of users, each made anew, e.g. 10,50,100 or 10..1000*10",
    default: "10,50,100,250,500",
    variables: { FREE_USERS: asIs },
  }),
  tiers: flag(readable("tier", parseTier), {
    help: "the tier that all users are of",
    default: "free",
  }),
  workers: flag(integer({ min: 1, max: 1_000 }), {
    help: "requests under way at a time, each worker over one connection",
    default: 10,
    variables: { BURST_VUS: asIs },
  }),
  requests: flag(integer({ min: 1 }), {
    help: "requests of an arm through the gateway, but every token at least twice",
    default: 1_000,
    variables: { BURST_ITERATIONS: asIs },
  }),
  "arm-time": flag(duration(), {
    help: "how long an arm goes on at least, so that no single slow moment decides",
    default: 10_000,
  }),
  "working-set": flag(integer({ min: 1 }), {
    help: "tokens of the arm that always shows the same few",
    default: 10,
  }),
  reviews: flag(integer({ min: 0, max: MOST_ACCOUNTS }), {
    help: "fresh tokens that are reviewed at the API server, past the gateway; 0: none",
    default: 200,
  }),
  margin: flag(share, {
    help: "growth of the p95 that counts as none; so does one of less than a millisecond",
    default: 0.2,
  }),
};
export type TokensFlags = typeof TOKENS_FLAGS;
export type TokensValues = Values<TokensFlags>;

const DESCRIPTION =
  `What more service accounts, and more of their tokens, cost. For each number of users they are made anew, with a token
each; then a few workers ask the model, first with always the same few tokens, then with all of them, and fresh tokens are
reviewed at the API server. Only the full set slower: the auth service cannot remember so many. The fixed set slower as
well: gateway or auth service. Reviews slower: the API server. Every number is set against the smallest, which is measured
once more at the end, so that a target that changed meanwhile is not taken for one that has too many tokens.`;

export const tokensCommand = defineLoadCommand({
  name: "tokens",
  summary: "what the number of service accounts and of their tokens costs, and whom",
  description: DESCRIPTION,
  flags: TOKENS_FLAGS,
  reasons: MAAS_REASONS,
  examples: [
    {
      line: "maas tokens",
      does: "10, 50, 100, 250 and 500 users, as the plan of the field has them",
    },
    {
      line: "maas tokens --counts 10,2000 --requests 10000",
      does: "two numbers, known well enough to tell a growth of some per cent",
    },
    {
      line: "maas tokens --reviews 0 --make-at-once 32",
      does: "without the right to review tokens, and with accounts made 32 at a time",
    },
  ],
  use: async (invocation) => (await import("./tokens.ts")).useTokens(invocation),
});
