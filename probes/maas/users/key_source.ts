/**
 * Credentials that are API keys: each user makes one of its own, being known by a token of its account.
 * All of them are deleted at the end of the run, as whoever made them.
 * @module
 */

import { LeftoverError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import type { Account, Credential, CredentialSource, MeasuredCall } from "./credential.ts";
import type { KeyApi, KeyWish } from "./key_api.ts";
import { CREATE_KEY } from "./measured.ts";
import { bearing } from "./token_source.ts";

export interface KeySourceOptions extends Omit<KeyWish, "name"> {
  /** By which the owner of a key is known. */
  readonly tokens: CredentialSource;
  readonly api: KeyApi;
}

/** A key that may be there. */
interface OwnedKey {
  readonly account: Account;
  readonly name: string;
  /** Undefined: its making was not answered. */
  readonly id: string | undefined;
}

const DELETIONS_AT_ONCE = 16;
const unmeasured: MeasuredCall = (_op, call) => call();

/** See the module. */
export class KeySource implements CredentialSource {
  readonly #options: KeySourceOptions;
  readonly #owned = new Map<string, OwnedKey>();
  #made = 0;

  /** Make it after the accounts are registered to go, which is then done after the keys went. */
  constructor(run: Run, options: KeySourceOptions) {
    this.#options = options;
    run.defer("deleting API keys", (signal) => this.#deleteAll(run, signal));
  }

  async issue(
    scope: Pick<LoadScope, "clock" | "aborted">,
    account: Account,
    measured: MeasuredCall,
  ): Promise<Credential> {
    const { tokens, api, lifeMs, subscription } = this.#options;
    const { clock, aborted: signal } = scope;
    const { headers } = await tokens.issue(scope, account, measured);
    let sentMs = clock.now();
    const { key } = await measured(CREATE_KEY, async () => {
      sentMs = clock.now();
      // Another name for each try: the answer to one before it may have been lost.
      const name = `${account.ref.name}-${++this.#made}`;
      this.#owned.set(name, { account, name, id: undefined });
      try {
        const made = await api.create({ name, lifeMs, subscription }, { headers, signal });
        this.#owned.set(name, { account, name, id: made.id });
        return made;
      } catch (thrown) {
        if (isRefused(thrown)) this.#owned.delete(name);
        throw thrown;
      }
    });
    return { headers: bearing(key, subscription), expiresMs: sentMs + lifeMs };
  }

  async revoke(scope: Pick<LoadScope, "clock" | "aborted">, account: Account): Promise<void> {
    const { namespace, name } = account.ref;
    for (const one of this.#owned.values()) {
      const { ref } = one.account;
      if (ref.name === name && ref.namespace === namespace) await this.#delete(scope, one);
    }
  }

  async #delete(
    scope: Pick<LoadScope, "clock" | "aborted">,
    { account, name, id }: OwnedKey,
  ): Promise<void> {
    if (id === undefined) throw new OperationFailedError("other", "its making was not answered");
    const { tokens, api } = this.#options;
    const { headers } = await tokens.issue(scope, account, unmeasured);
    await api.delete(id, { headers, signal: scope.aborted });
    this.#owned.delete(name);
  }

  /** @throws {LeftoverError} naming those that may be left */
  async #deleteAll({ clock }: Run, aborted: AbortSignal): Promise<void> {
    using _api = this.#options.api;
    let why = "";
    await eachAtMost([...this.#owned.values()], async (key) => {
      try {
        await this.#delete({ clock, aborted }, key);
      } catch (thrown) {
        why ||= aborted.aborted ? "cleaning up was cut off" : messageOf(thrown);
      }
    }, { limit: DELETIONS_AT_ONCE });
    const { size: left } = this.#owned;
    if (left === 0) return;
    const [first] = this.#owned.keys();
    throw new LeftoverError({
      what: `${left} API keys may be left, e.g. ${first}; they expire by themselves`,
      why,
      byHand: `curl -X DELETE -H "Authorization: Bearer $TOKEN" $GATEWAY/maas-api/v1/api-keys/ID`,
      left,
    });
  }
}

/** Whether the server said that there is none: after a 5xx or a broken connection there may be one. */
function isRefused(thrown: unknown): boolean {
  if (!(thrown instanceof OperationFailedError)) return false;
  return /^(http-4\d\d|not-authenticated|not-authorized|auth-overload|rate-limited)$/
    .test(thrown.reason);
}
