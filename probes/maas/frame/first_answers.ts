/**
 * Does the gateway answer a user of each tier? Asked before the load, so that a host that is wrong, a
 * certificate that nobody trusts, a model that is not there or an audience that is not believed is told
 * in one line, and no figures are made of it.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { type HintWords, tlsHint } from "../../../core/net/fetch_failure.ts";
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

/** Who was not answered; without a tier whoever asks, as nobody answers. */
interface Asker {
  readonly tier?: string;
  readonly target: MaasTarget;
}

/** What to look at, by class of failure. */
const HINTS: Readonly<Record<string, (asker: Asker, message: string) => string>> = {
  "tls": (_asker, message) => tlsHint(message, TLS_WORDS) ?? "",
  "dns": () => "Name another host with --host, or where it answers with --address",
  "connection-refused": () => "Name where it answers with --address",
  "connection-closed": ({ target: { endpoint: { origin } } }) =>
    origin.protocol === "http:" ? "Does it expect TLS there? (--protocol)" : "",
  "not-authenticated": ({ target: { audiences } }) =>
    `The tokens are for the audience ${audiences.join(", ")}: is that what it reviews them for? ` +
    "(--audience)",
  "not-authorized": ({ tier = "TIER", target: { tierNamespace } }) =>
    `May the ServiceAccounts of ${tierNamespace(tier)} post to the model? (--tiers)`,
  "http-404": ({ target: { endpoint: { origin, path, model } } }) =>
    `Does it serve the host ${origin.hostname}, and is there a model ${model} at ${path}? ` +
    "(--host, --model, --path)",
};

/** The flags that a hint on TLS has to name. */
const TLS_WORDS: HintWords = {
  ca: "--gateway-ca FILE",
  insecure: "--gateway-insecure",
  url: "--host, --address or --protocol",
  http1: "HTTP/1.1",
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
export function failureText({ reason, message }: OperationFailedError, asker: Asker): string {
  const { tier, target: { endpoint: { origin, path } } } = asker;
  const who = tier === undefined ? "" : ` a user of tier ${tier}`;
  const hint = HINTS[reason]?.(asker, message) ?? "";
  return `The gateway does not answer${who} (POST ${origin.origin}${path}): ` +
    `${reason}: ${message}${hint === "" ? "" : `. ${hint}`}`;
}
