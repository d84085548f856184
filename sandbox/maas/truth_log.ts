/**
 * What has really happened to each request, whatever its sender was told: what tests compare findings
 * with. Keeps the counts of all and the last few thousand themselves, and no credential.
 * @module
 */

import type { RefusalCause } from "./auth/auth_service.ts";
import type { ModelOutcome } from "./model/model.ts";

export type TrueCause =
  | RefusalCause
  | ModelOutcome
  | "auth-late"
  | "request-limit"
  | "token-limit"
  | "no-route";

/** One request that has been answered, or broken off. */
export interface TrueRequest {
  readonly atMs: number;
  readonly path: string;
  readonly status: number;
  readonly cause: TrueCause;
  /** It was let pass although it would have been refused. */
  readonly failedOpen: boolean;
  /** What a limit of tokens was charged for it. */
  readonly chargedTokens: number;
}

const KEPT = 10_000;

export class TruthLog {
  readonly #requests: TrueRequest[] = [];
  readonly #causes = new Map<TrueCause, number>();
  #failedOpen = 0;
  #chargedTokens = 0;

  add(request: TrueRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > 2 * KEPT) this.#requests.splice(0, KEPT);
    this.#causes.set(request.cause, this.count(request.cause) + 1);
    if (request.failedOpen) this.#failedOpen++;
    this.#chargedTokens += request.chargedTokens;
  }

  /** The newest is the last. */
  get requests(): readonly TrueRequest[] {
    return this.#requests;
  }

  /** By cause. */
  get causes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#causes);
  }

  count(cause: TrueCause): number {
    return this.#causes.get(cause) ?? 0;
  }

  get failedOpen(): number {
    return this.#failedOpen;
  }

  get chargedTokens(): number {
    return this.#chargedTokens;
  }
}
