/**
 * A server of the sandbox for one who shares its thread and its clock: the same service as behind the
 * socket of server.ts, and no network in between.
 * @module
 */

import type { Fetch } from "../core/net/http_channel.ts";
import type { SandboxAccount } from "./account.ts";
import type { ApiHandler } from "./faults/fault.ts";
import type { ListenedAt } from "./server.ts";
import { type Api, SandboxService, type ServiceOptions, URL_PREFIX } from "./service.ts";

/** Of a name that never leads anywhere (RFC 6761, section 6.4). */
const URL_OF_NOWHERE = `https://simulation.invalid${URL_PREFIX}`;
/** What the API says of itself, which nobody can reach. */
const NOWHERE: ListenedAt = { hostname: "127.0.0.1", port: 443, caPem: "" };

export interface LocalServer extends Disposable {
  /** For clients, whose requests go to {@link fetch}. */
  readonly url: string;
  readonly fetch: Fetch;
  /** Answers without faults. */
  readonly handler: ApiHandler;
  account(): Omit<SandboxAccount, "trafficWrites">;
}

/** Dispose it to end its watches. */
export async function startLocalServer(
  { createApi, ...options }: ServiceOptions & {
    readonly createApi: (at: ListenedAt) => Promise<Api>;
  },
): Promise<LocalServer> {
  const service = new SandboxService(options);
  const api = await createApi(NOWHERE);
  const handler: ApiHandler = (call) => api.handle(call);
  service.begin(handler);
  return {
    url: URL_OF_NOWHERE,
    fetch: localFetch(service),
    handler,
    account: () => service.account(),
    [Symbol.dispose]() {
      service.stop();
      api[Symbol.dispose]();
    },
  };
}

/** A request that is given up is not waited for, whatever becomes of it. */
function localFetch(service: SandboxService): Fetch {
  return async (url, { client: _, signal, ...init }) => {
    const gone = Promise.withResolvers<void>();
    const givenUp = Promise.withResolvers<never>();
    givenUp.promise.catch(() => {}); // nobody may be waiting any more
    const giveUp = () => {
      gone.resolve();
      givenUp.reject(signal?.reason);
    };
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });
    const answer = service.answer(new Request(url, init), { completed: gone.promise });
    // An answer that was made and not fetched has no URL.
    return Object.defineProperty(await Promise.race([givenUp.promise, answer]), "url", {
      value: url,
    });
  };
}
