/**
 * Are credentials good for as long as a run goes on? Replaces each well before it expires, spread out,
 * a few at a time. A replacement that fails is tried again while the old one is still shown.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { Backoff, type BackoffPolicy } from "../../../core/load/backoff.ts";
import { Permits } from "../../../core/load/permits.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { Run } from "../../../core/run/run.ts";
import type { AccountUser } from "./account_user.ts";
import type { CredentialSource, MeasuredCall } from "./credential.ts";
import { TOKEN_RENEWAL_FAILURES, TOKEN_RENEWALS } from "./measured.ts";

export interface RenewalOptions {
  readonly source: CredentialSource;
  /** How many are replaced at the same time. */
  readonly atOnce: number;
}

/**
 * Which part of its life a credential has behind it when it is replaced. Chance picks in between:
 * those that were made together are not replaced together.
 */
const RENEWED_AT = [0.6, 0.8] as const;
const RETRY: BackoffPolicy = { firstMs: 1_000, longestMs: 30_000, spread: [1, 2] };

/** No sample: what is measured is the load, and renewing is counted. */
const unmeasured: MeasuredCall = (_op, call) => call();

/** See the module. It works until it is disposed, and knows of users as they are told. */
export class Renewal implements AsyncDisposable {
  readonly #run: Run;
  readonly #source: CredentialSource;
  readonly #rng: Rng;
  readonly #permits: Permits;
  readonly #ended = new AbortController();
  readonly #users = new Set<AccountUser>();
  readonly #keeping: Promise<void>[] = [];
  #hasWarned = false;

  constructor(run: Run, { source, atOnce }: RenewalOptions) {
    this.#run = run;
    this.#source = source;
    this.#rng = run.rng.fork("renewal");
    this.#permits = new Permits(atOnce);
  }

  add(user: AccountUser): void {
    this.#users.add(user);
    this.#keeping.push(this.#keep(user));
  }

  /** It is gone: another credential would be refused. */
  remove(user: AccountUser): void {
    this.#users.delete(user);
  }

  /** Cuts off what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#keeping);
  }

  async #keep(user: AccountUser): Promise<void> {
    const { clock } = this.#run;
    const { signal } = this.#ended;
    const backoff = new Backoff(RETRY, this.#rng);
    let dueMs = this.#dueMs(user);
    for (;;) {
      await clock.sleepUntil(dueMs, signal);
      if (!await this.#permits.take(signal)) return;
      try {
        if (!this.#users.has(user)) return;
        const isNew = await this.#renew(user);
        if (isNew) backoff.succeeded();
        dueMs = isNew ? this.#dueMs(user) : clock.now() + backoff.failedAt(clock.now());
      } finally {
        this.#permits.release();
      }
    }
  }

  #dueMs({ expiresMs }: AccountUser): number {
    const nowMs = this.#run.clock.now();
    const [least, most] = RENEWED_AT;
    return nowMs + (expiresMs - nowMs) * (least + (most - least) * this.#rng.next());
  }

  /** @returns whether it has another one */
  async #renew(user: AccountUser): Promise<boolean> {
    const { clock, recorder } = this.#run;
    const { signal: aborted } = this.#ended;
    const { tier } = user;
    try {
      user.show(await this.#source.issue({ clock, aborted }, user, unmeasured));
      recorder.count(TOKEN_RENEWALS, 1, { atMs: clock.now(), tags: { tier } });
      return true;
    } catch (thrown) {
      if (aborted.aborted || !this.#users.has(user)) return false;
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      recorder.count(TOKEN_RENEWAL_FAILURES, 1, { atMs: clock.now(), tags: { tier } });
      this.#warn(user, thrown);
      return false;
    }
  }

  #warn({ name }: AccountUser, thrown: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#run.warn(
      "token-renewal",
      `The token of user ${name} could not be renewed, and is tried again: ${messageOf(thrown)}; ` +
        `how often that happened is in ${TOKEN_RENEWAL_FAILURES}`,
    );
  }
}
