/**
 * The limits of the gateway while a run goes on: found, raised and seen to be out of the way, watched, and
 * given back and seen to refuse again. Where they stay as they are, the load is watched all the same.
 * @module
 */

import { CannotRunError, messageOf } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isForbidden } from "../../../kube/status_error.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { openChatClient } from "../chat/chat_client.ts";
import type { Question } from "../chat/chat.ts";
import type { MaasValues } from "../flags.ts";
import { type GatewayLimits, limitPoliciesOf } from "../policies/limit_policies.ts";
import type { LimitCanary } from "../policies/limit_trial.ts";
import { type Proof, proveRaised } from "../policies/prove_limits.ts";
import { raisedByOthers } from "../policies/raised_by_others.ts";
import { raiseLimits } from "../policies/raise_limits.ts";
import { areAllToRaise, type RaisedLimits } from "../policies/raised.ts";
import { restoreLimits } from "../policies/restore_limits.ts";
import { watchLimits } from "../policies/watch_limits.ts";
import type { MaasTarget } from "../target/target.ts";
import type { AccountUsers } from "../users/account_users.ts";
import { growTo } from "./grow_to.ts";
import { LimitGuard } from "./limit_guard.ts";

/** Seeing that limits are raised must not take longer. */
const MOST_TO_SEE_RAISED_MS = 60_000;

export interface LimitsContext {
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  readonly values: MaasValues;
  readonly target: MaasTarget;
  readonly question: Question;
  readonly users: AccountUsers;
  /** Those that users can be of. */
  readonly tiers: readonly string[];
}

/** See the module. */
export class RunLimits {
  readonly #run: Run;
  readonly #context: LimitsContext;
  readonly #raised: RaisedLimits | undefined;
  #watch: AsyncDisposable | undefined;
  readonly found: GatewayLimits;
  readonly guard: LimitGuard;

  private constructor(
    run: Run,
    context: LimitsContext,
    { found, raised, guard }: {
      found: GatewayLimits;
      raised: RaisedLimits | undefined;
      guard: LimitGuard;
    },
  ) {
    this.#run = run;
    this.#context = context;
    this.found = found;
    this.#raised = raised;
    this.guard = guard;
  }

  /**
   * They are given back with the run in any case.
   * @throws {CannotRunError} if they cannot be raised, or another run has
   */
  static async settle(run: Run, context: LimitsContext): Promise<RunLimits> {
    const { values, cluster, identity, target: { gateway, subscription } } = context;
    const { clock, rng, stopping: signal } = run;
    const found = await limitPoliciesOf(cluster, {
      ...{ gateway, subscription },
      clock,
      rng: rng.fork("limits"),
      signal,
    });
    await requireOwnLimits(run, found, cluster);
    if (!values["raise-limits"]) {
      const guard = new LimitGuard(run, { areRaised: false });
      return new RunLimits(run, context, { found, raised: undefined, guard });
    }
    const wanted = { requests: values["raise-requests"], tokens: values["raise-tokens"] };
    const raised = await raiseLimits(run, {
      ...{ cluster, identity, limits: found, wanted },
      enforcedTimeoutMs: values["enforced-timeout"],
    });
    const guard = new LimitGuard(run, { areRaised: areAllToRaise(found.policies, wanted) });
    const limits = new RunLimits(run, context, { found, raised, guard });
    limits.#watch = await watchLimits(run, raised, (reverted) => guard.onReverted(reverted));
    return limits;
  }

  /** Asks more than the old limits allow, of users that are made for it. */
  async seeRaised(): Promise<void> {
    if (this.#raised === undefined) return;
    const proofs = await proveRaised(this.#run, this.#raised.policies, {
      canaryFor: (tier) => this.#canaryFor(tier),
      mostMs: MOST_TO_SEE_RAISED_MS,
    });
    const wrong = proofs.filter(({ state }) => state === "wrong");
    if (wrong.length > 0) this.guard.onNotInForce(wrong.map(proofText).join("; "));
  }

  /** Before the end of a run that was not stopped; else the run's undoing does it. */
  async giveBack(): Promise<void> {
    await this[Symbol.asyncDispose]();
    if (this.#raised === undefined || this.#run.stopping.aborted) return;
    await restoreLimits(this.#run, this.#raised, {
      canaryFor: (tier) => this.#canaryFor(tier),
      mostMs: this.#context.values["prove-restore"],
    });
  }

  /** Ends the watch, which would take giving back for somebody else's change. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch?.[Symbol.asyncDispose]();
    this.#watch = undefined;
  }

  /** A user that has asked nothing before, made when it asks. */
  #canaryFor(tier = this.#context.tiers[0]): LimitCanary | undefined {
    const { users, tiers, target, question } = this.#context;
    if (tier === undefined || !tiers.includes(tier)) return undefined;
    let number: number | undefined;
    const ofTier = () => users.all.filter((user) => user.tier === tier);
    return {
      ask: async ({ maxTokens, signal }) => {
        if (number === undefined) {
          number = ofTier().length;
          await growTo(users, this.#run, [{ tier, count: number + 1 }]);
        }
        const short = { ...question, maxTokens, isStream: false };
        using client = openChatClient(target.endpoint, short, this.#run);
        return await client.ask(ofTier()[number]!, { signal });
      },
    };
  }
}

/**
 * Another run may give back at any time what it has raised, and then nobody knows what was measured.
 * @throws {CannotRunError} naming it
 */
async function requireOwnLimits(
  run: Run,
  { policies }: GatewayLimits,
  cluster: Cluster,
): Promise<void> {
  const { clock, rng, stopping: signal } = run;
  const raised = await retrying(() => raisedByOthers(policies, { cluster, signal }), {
    ...{ clock, rng: rng.fork("loans"), signal },
  }).catch((thrown: unknown) => {
    if (!isForbidden(thrown)) throw thrown;
    const why = messageOf(thrown);
    run.warn("loans-unknown", `Nobody knows whether another run has raised the limits: ${why}`);
    return undefined;
  });
  if (raised === undefined) return;
  throw new CannotRunError(`Limits of the gateway are not as they were set: ${raised}`);
}

function proofText({ rate: { limitName }, why }: Proof): string {
  return `limit ${limitName}: ${why}`;
}
