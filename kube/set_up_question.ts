/**
 * The questions that get a run ready: asked again while the server asks to wait, and what is said in
 * one line where there is no answer. Knows no question.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import { createRng, randomSeed } from "../core/load/rng.ts";
import { otherWays, type ProxyServer } from "../core/net/proxy.ts";
import type { ClusterTarget } from "./config/target.ts";
import { retrying } from "./set_up_retry.ts";
import { isUnauthorized, StatusError, UnusableAnswerError } from "./status_error.ts";

/** A question of the set-up has no answer that could be used. */
export class UnansweredError extends CannotRunError {
  override name = "UnansweredError";
  constructor(message: string, readonly why: OperationFailedError) {
    super(message);
  }
}

/** Asks a question again where the server asks to wait; see {@link UnansweredError}. */
export type Ask = <T>(call: () => Promise<T>) => Promise<T>;

/** For the questions to this target. */
export function asker({ target, clock }: { target: ClusterTarget; clock: Clock }): Ask {
  const rng = createRng(randomSeed());
  return (call) => answered(target, () => retrying(call, { clock, rng, after: "answers" }));
}

/** What the first questions answer; a server that does not is no load test. */
async function answered<T>(
  { server, names, proxyFor }: ClusterTarget,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isUnauthorized(error)) {
      const user = names.user === undefined ? "" : ` of user "${names.user}"`;
      throw new CannotRunError(
        `${server} does not accept the credentials${user}: they are missing, wrong or expired; ` +
          "log in again, or name others with --user, --token or --kubeconfig",
      );
    }
    if (!(error instanceof OperationFailedError)) throw error;
    // The credentials could not be had anew.
    if (error.cause instanceof CannotRunError) throw error.cause;
    const context = names.context === undefined ? "" : ` (context "${names.context}")`;
    const proxy = proxyFor?.(server);
    throw new UnansweredError(whyUnusable(`${server}${context}`, error, { proxy }), error);
  }
}

/** Without the request in which it showed, which nobody asked for. */
export function whyUnusable(
  server: string,
  error: OperationFailedError,
  { proxy }: { proxy: ProxyServer | undefined },
): string {
  const { why } = error;
  const hasAnswered = error instanceof StatusError || error instanceof UnusableAnswerError;
  if (hasAnswered) return `Cannot use ${server}: ${why}`;
  const remedy = /;|\. /.test(why)
    ? ""
    : proxy !== undefined
    ? `; check the proxy, ${otherWays(proxy)}`
    : "; check that it runs, or name another with --context or --server";
  return `Cannot reach ${server}: ${why}${remedy}`;
}
