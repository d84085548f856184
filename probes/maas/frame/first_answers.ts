/**
 * Does the gateway answer a user of each tier? Asked before the load, so that a host that is wrong, a
 * certificate that nobody trusts, a model that is not there or an audience that is not believed is told
 * in one line, and no figures are made of it.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { ChatClient } from "../chat/chat_client.ts";
import type { MaasTarget } from "../target/target.ts";
import type { User } from "../users/user.ts";
import { RATE_LIMITED } from "./limit_guard.ts";

interface FirstAnswersOptions {
  readonly client: ChatClient;
  readonly target: MaasTarget;
  readonly users: readonly User[];
}

interface Unanswered {
  readonly tier: string;
  readonly target: MaasTarget;
  readonly message: string;
}

/** What a client of TLS says of an answer that is none. */
const NO_TLS = /corrupt message/;

/** What to look at, by class of failure. */
const HINTS: Readonly<Record<string, (unanswered: Unanswered) => string>> = {
  "tls": ({ message }) =>
    NO_TLS.test(message)
      ? "does it speak TLS there? (--protocol, --address)"
      : "name its authority with --gateway-ca",
  "dns": () => "name another host with --host, or where it answers with --address",
  "connection-refused": () => "name where it answers with --address",
  "not-authenticated": ({ target: { audiences } }) =>
    `the tokens are for the audience ${audiences.join(", ")}: is that what it reviews them for? ` +
    "(--audience)",
  "not-authorized": ({ tier, target: { tierNamespace } }) =>
    `may the ServiceAccounts of ${tierNamespace(tier)} post to the model? (--tiers)`,
  "http-404": ({ target: { endpoint: { path, model } } }) =>
    `is there a model ${model} at ${path}? (--model, --path)`,
};

/**
 * See the module. A limit that refuses it is no obstacle here: the load will tell.
 * @throws {CannotRunError} in one line
 */
export async function requireFirstAnswers(run: Run, options: FirstAnswersOptions): Promise<void> {
  const { client, target, users } = options;
  const tiers = [...new Set(users.map(({ tier }) => tier))];
  for (const tier of tiers) {
    const user = users.find((one) => one.tier === tier)!;
    try {
      await client.ask(user, { signal: run.stopping });
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      if (thrown.reason === RATE_LIMITED) continue;
      throw new CannotRunError(failureText(thrown, { tier, target }), { cause: thrown });
    }
  }
}

/** What went wrong, and where to look. */
export function failureText(
  { reason, message }: OperationFailedError,
  { tier, target }: { tier: string; target: MaasTarget },
): string {
  const { endpoint: { origin, path } } = target;
  const hint = HINTS[reason]?.({ tier, target, message });
  return `The gateway does not answer a user of tier ${tier} (POST ${origin.origin}${path}): ` +
    `${reason}: ${message}${hint === undefined ? "" : `; ${hint}`}`;
}
