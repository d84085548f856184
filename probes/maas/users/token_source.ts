/**
 * Credentials that are tokens of the user's ServiceAccount, good for the gateway's audiences.
 * @module
 */

import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { requestToken, type TokenWish } from "../../../kube/service_account/token_request.ts";
import type { HeaderList } from "../chat/chat.ts";
import type { Account, Credential, CredentialSource, MeasuredCall } from "./credential.ts";
import { REQUEST_TOKEN } from "./measured.ts";

/** By the name of MaaS's own clients. */
const SUBSCRIPTION_HEADER = "x-maas-subscription";

export interface TokenSourceOptions extends TokenWish {
  /** What requests name beside their token; undefined: nothing. */
  readonly subscription?: string | undefined;
}

/** See the module. */
export class TokenSource implements CredentialSource {
  readonly #cluster: Pick<Cluster, "request">;
  readonly #options: TokenSourceOptions;

  constructor(cluster: Pick<Cluster, "request">, options: TokenSourceOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async issue(
    { clock, aborted: signal }: Pick<LoadScope, "clock" | "aborted">,
    { ref }: Account,
    measured: MeasuredCall,
  ): Promise<Credential> {
    const { audiences, lifeMs, subscription } = this.#options;
    let sentMs = clock.now();
    const issued = await measured(REQUEST_TOKEN, () => {
      sentMs = clock.now();
      return requestToken(this.#cluster, ref, { audiences, lifeMs, signal });
    });
    // From when it was sent on, which is before it was signed: the calendars need not agree.
    const lifeLeftMs = issued.lifeMs ?? issued.expires.getTime() - clock.wallNow().getTime();
    return {
      headers: bearing(issued.token, subscription),
      expiresMs: sentMs + lifeLeftMs,
    };
  }
}

/** Headers of a request with this secret. */
export function bearing(secret: string, subscription: string | undefined): HeaderList {
  const own = [["authorization", `Bearer ${secret}`]] as const;
  return subscription === undefined ? own : [...own, [SUBSCRIPTION_HEADER, subscription]];
}
