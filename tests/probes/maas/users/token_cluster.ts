/** A cluster in memory that issues tokens for the service accounts that it has. @module */

import type { RawRequest } from "../../../../kube/cluster.ts";
import { SERVICE_ACCOUNTS } from "../../../../kube/resource.ts";
import type { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryCluster, statusError } from "../../../support/memory_cluster.ts";

const TOKEN_PATH = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/;

interface Asked {
  readonly spec: { readonly audiences: readonly string[]; readonly expirationSeconds: number };
}

/** Tokens are `secret-1`, `secret-2` and so on. */
export class TokenCluster extends MemoryCluster {
  /** What each token was asked for, in order. */
  readonly asked: (Asked["spec"] & { readonly account: string })[] = [];
  /** The longest life that is granted. */
  mostLifeMs = Infinity;
  /** By how much the server's calendar is ahead. */
  aheadMs = 0;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    super();
    this.#clock = clock;
  }

  override request(request: RawRequest): Promise<unknown> {
    const [, namespace = "", name = ""] = TOKEN_PATH.exec(request.path) ?? [];
    if (name !== "") {
      const answer = (body: Asked) => this.#issue(`${namespace}/${name}`, body);
      this.answers.set(`${request.method} ${request.path}`, answer);
    }
    return super.request(request);
  }

  #issue(account: string, { spec }: Asked) {
    if (!this.keys(SERVICE_ACCOUNTS).includes(account)) throw statusError(404, "NotFound");
    this.asked.push({ ...spec, account });
    const nowMs = this.#clock.wallNow().getTime() + this.aheadMs;
    const lifeMs = Math.min(spec.expirationSeconds * 1_000, this.mostLifeMs);
    return {
      kind: "TokenRequest",
      metadata: { creationTimestamp: new Date(nowMs).toISOString() },
      status: {
        token: `secret-${this.asked.length}`,
        expirationTimestamp: new Date(nowMs + lifeMs).toISOString(),
      },
    };
  }
}
