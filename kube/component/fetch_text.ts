/**
 * One page of text from another endpoint of a component: metrics, profiles. Never retries.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { withinTime } from "../../core/load/deadline.ts";
import { shownUrl } from "../../core/net/address.ts";
import type { HintWords } from "../../core/net/fetch_failure.ts";
import { openHttpChannel } from "../../core/net/http_channel.ts";
import { type Env, proxyFromEnvironment } from "../../core/net/proxy.ts";
import { userEnv } from "../../core/net/proxy_environment.ts";

const TIMEOUT_MS = 10_000;

const HINT_WORDS: HintWords = {
  ca: "the system's authorities (DENO_TLS_CA_STORE=system)",
  url: "the page's URL",
  insecure: "an http:// URL",
  http1: "an HTTP/1.1 port of it",
};

/** A function that gets pages, each within 10 s and over a connection of its own. */
export function pageFetcher(
  clock: Clock,
  env: Env = userEnv,
): (url: string, signal: AbortSignal) => Promise<string> {
  return async (url, signal) => {
    const proxy = proxyFromEnvironment(url, env);
    const target = { baseUrl: new URL(url).origin, insecure: false, http1: true };
    using channel = await openHttpChannel({ ...target, ...(proxy && { proxy }) });
    const late = () => new DOMException("no answer in 10 s", "TimeoutError");
    const request = { url, signal };
    try {
      const { answer, text } = await withinTime(clock, async (signal) => {
        const answer = await channel.send({ url, signal }, HINT_WORDS);
        return { answer, text: await answer.text() };
      }, { limitMs: TIMEOUT_MS, signal, late });
      if (answer.ok) return text;
      const what = `Cannot GET ${shownUrl(url)}: the server answered ${answer.status}`;
      throw new OperationFailedError(`http-${answer.status}`, what);
    } catch (error) {
      if (error instanceof OperationFailedError) throw error;
      throw channel.failure(error, request, HINT_WORDS);
    }
  };
}
