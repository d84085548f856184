/**
 * Users that are ServiceAccounts of a run, in the namespaces of their tiers, as many as are asked for.
 * Each is registered to be deleted before it is made. Of several generators each makes those that it
 * asks as.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import { hasOthers, isOurs, type Share } from "../../../core/load/share.ts";
import { timed } from "../../../core/load/timed.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { Run } from "../../../core/run/run.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { objectNames } from "../../../kube/owned/object_names.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { ownerLabels, type RunIdentity } from "../../../kube/owned/ownership.ts";
import { SERVICE_ACCOUNTS } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isAlreadyExists, isNotFound } from "../../../kube/status_error.ts";
import type { MaasTarget } from "../target/target.ts";
import { AccountUser } from "./account_user.ts";
import type { Account, CredentialSource, MeasuredCall } from "./credential.ts";
import { CREATE_ACCOUNT } from "./measured.ts";
import { Renewal } from "./renewal.ts";

/** How many users a tier is to have. */
export interface TierCount {
  readonly tier: string;
  readonly count: number;
}

export interface AccountUsersOptions {
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  /** The run's ServiceAccounts. */
  readonly accounts: OwnedObjects;
  readonly target: Pick<MaasTarget, "tierNamespace">;
  /** The most that each tier is to have at a time. */
  readonly tiers: readonly TierCount[];
  readonly source: CredentialSource;
  /** How many are made, or renewed, at the same time. */
  readonly atOnce: number;
  /** Which of them this generator asks as. @default {run.share} */
  readonly share?: Share;
  /**
   * Whether they are others than those that the tiers are to have: their numbers come after those.
   * @default {false}
   */
  readonly areFurther?: boolean;
}

/** A user by its tier, and its number in it, from 1. */
interface TierNumber {
  readonly tier: string;
  readonly number: number;
}

/** Of how many users something could not be done; of the rest it was. */
export interface Unmade {
  readonly count: number;
  /** What the first of them failed with; undefined: there is none. */
  readonly first: unknown;
}

/** See the module. */
export class AccountUsers {
  readonly #run: Run;
  readonly #options: AccountUsersOptions;
  readonly #share: Share;
  readonly #names: ReadonlyMap<string, (index: number) => string>;
  /** By tier: the highest number that was given. */
  readonly #given = new Map<string, number>();
  readonly #all: AccountUser[] = [];
  readonly #byName = new Map<string, AccountUser>();
  readonly #renewals = new Set<Renewal>();

  /** @throws {UsageError} if the cluster would refuse the names */
  constructor(run: Run, options: AccountUsersOptions) {
    const { identity: { runId }, tiers, areFurther = false } = options;
    if (areFurther) { for (const { tier, count } of tiers) this.#given.set(tier, count); }
    this.#run = run;
    this.#options = options;
    this.#share = options.share ?? run.share;
    this.#names = new Map(
      tiers.map(({ tier, count }) => [
        tier,
        objectNames({ runId: `${runId}-${tier}`, highest: count }),
      ]),
    );
  }

  get all(): readonly AccountUser[] {
    return this.#all;
  }

  /** Of those that are made later too. */
  keepFresh(): AsyncDisposable {
    const { source, atOnce } = this.#options;
    const renewal = new Renewal(this.#run, { source, atOnce });
    for (const user of this.#all) renewal.add(user);
    this.#renewals.add(renewal);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#renewals.delete(renewal);
        await renewal[Symbol.asyncDispose]();
      },
    };
  }

  /** Those of these counts that this generator asks as: of them tiers by turns, those of its share. */
  ours(counts: readonly TierCount[]): AccountUser[] {
    return this.#ours(counts).flatMap((account) => this.#byName.get(account.ref.name) ?? []);
  }

  /**
   * Makes all that are asked for, with patience; each call is measured.
   * @throws {CannotRunError} if one of them cannot be made: fewer users are another question
   * @throws the reason once the run is stopped
   */
  async makeAll(): Promise<void> {
    const { tiers } = this.#options;
    const { clock, stopping: signal } = this.#run;
    const context = { clock, rng: this.#run.rng.fork("users"), signal };
    const call = measuring(this.#run);
    const patient = (tier: string): MeasuredCall => (op, work) =>
      retrying(() => call(tier)(op, work), context);
    const makeOne = (account: Account) => this.#makeOne(this.#run, account, patient);
    try {
      if (hasOthers(this.#share)) await this.#makeThese(this.#run, this.#ours(tiers), makeOne);
      else await this.#makeThese(this.#run, this.#accounts(tiers), makeOne);
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof OperationFailedError)) throw thrown;
      const asked = tiers.reduce((sum, { count }) => sum + count, 0);
      const message = `Cannot make ${asked} users, only ${this.#all.length}: ${messageOf(thrown)}`;
      throw new CannotRunError(message, { cause: thrown });
    }
  }

  /**
   * Makes so many more of a tier, each call once, as a load does.
   * @param tags of the samples, beside the tier
   * @returns those that could not be made
   * @throws the reason once the scope is stopped
   */
  async grow(scope: LoadScope, more: TierCount, tags: Tags = {}): Promise<Unmade> {
    const failures = new Failures();
    const call = measuring(scope, tags);
    const makeOne = (account: Account) =>
      failures.counting(() => this.#makeOne(scope, account, call));
    await this.#makeThese(scope, this.#accounts([more]), makeOne);
    return failures;
  }

  /** As {@link grow}: those of {@link ours} that are missing. */
  async growOurs(scope: LoadScope, counts: readonly TierCount[]): Promise<Unmade> {
    const failures = new Failures();
    const call = measuring(scope);
    const missing = this.#ours(counts).filter(({ ref }) => !this.#byName.has(ref.name));
    await this.#makeThese(
      scope,
      missing,
      (account) => failures.counting(() => this.#makeOne(scope, account, call)),
    );
    return failures;
  }

  /**
   * Deletes all of them, with patience and not measured. Later ones have other names, because a server
   * may remember tokens of an account by its name.
   * @throws what the server refuses it for, in the end
   */
  async clear(): Promise<void> {
    const { cluster, accounts, source, atOnce: limit } = this.#options;
    const { clock, stopping: signal } = this.#run;
    const context = { clock, rng: this.#run.rng.fork("clearing"), signal };
    const gone = this.#all.splice(0);
    this.#byName.clear();
    for (const renewal of this.#renewals) for (const user of gone) renewal.remove(user);
    await eachAtMost(gone, async (user) => {
      const { ref } = user;
      try {
        await source.revoke?.(this.#run, user);
      } catch (thrown) {
        if (!(thrown instanceof OperationFailedError)) throw thrown;
        return; // only its owner can take it back: both go at the end
      }
      try {
        await retrying(() => cluster.delete(SERVICE_ACCOUNTS, ref, { signal }), context);
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
      accounts.release(ref);
    }, { limit, signal });
  }

  async #makeThese(
    { stopping: signal }: Pick<LoadScope, "stopping">,
    accounts: Iterable<Account>,
    makeOne: (account: Account) => Promise<void>,
  ): Promise<void> {
    await eachAtMost(accounts, makeOne, { limit: this.#options.atOnce, signal });
  }

  /** So many more. */
  *#accounts(more: readonly TierCount[]): Generator<Account> {
    for (const { tier } of byTurns(more)) {
      const number = (this.#given.get(tier) ?? 0) + 1;
      this.#given.set(tier, number);
      yield this.#account({ tier, number });
    }
  }

  /** So many in all, and of them ours. */
  #ours(counts: readonly TierCount[]): Account[] {
    return [...byTurns(counts)].filter((_, index) => isOurs(this.#share, index))
      .map((one) => this.#account(one));
  }

  #account({ tier, number }: TierNumber): Account {
    const namespace = this.#options.target.tierNamespace(tier);
    return { tier, ref: { namespace, name: this.#names.get(tier)!(number) } };
  }

  async #makeOne(
    scope: LoadScope,
    account: Account,
    calling: (tier: string) => MeasuredCall,
  ): Promise<void> {
    const { cluster, identity, accounts, source } = this.#options;
    const { tier, ref } = account;
    const { aborted: signal } = scope;
    const call = calling(tier);
    const object = { metadata: { ...ref, labels: ownerLabels(identity) } };
    let tries = 0;
    accounts.register(ref);
    try {
      await call(CREATE_ACCOUNT, () => {
        tries++;
        return cluster.create(SERVICE_ACCOUNTS, object, { signal });
      });
    } catch (thrown) {
      // The answer to an earlier try may have been lost; or another generator asked as this one before.
      const mayBeOurs = tries > 1 || this.#run.isOnGroundwork;
      if (!(isAlreadyExists(thrown) && mayBeOurs)) {
        accounts.settle(ref, thrown);
        throw thrown;
      }
    }
    const credential = await source.issue(scope, account, call);
    const user = new AccountUser(account, credential);
    this.#all.push(user);
    this.#byName.set(ref.name, user);
    for (const renewal of this.#renewals) renewal.add(user);
  }
}

/** All of these counts, tiers by turns, so that no tier has all the early ones. */
function* byTurns(counts: readonly TierCount[]): Generator<TierNumber> {
  const most = Math.max(...counts.map(({ count }) => count));
  for (let number = 1; number <= most; number++) {
    for (const { tier, count } of counts) if (number <= count) yield { tier, number };
  }
}

/** Each call as one sample. */
function measuring(scope: LoadScope, tags: Tags = {}): (tier: string) => MeasuredCall {
  return (tier) => (op, work) => timed(scope, work, { op, tags: { ...tags, tier } });
}

/** Counts what fails as operations of a load do, and lets the rest go on. */
class Failures implements Unmade {
  count = 0;
  first: unknown;

  async counting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      this.count++;
      this.first ??= thrown;
    }
  }
}
