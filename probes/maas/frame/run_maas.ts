/**
 * One run of a maas probe between its connections and its report: the gateway is looked up, limits are
 * raised, users made, and a user of each tier has to get an answer; then the probe works. What was
 * raised or made is registered to go again before it is there, so that any end of the run takes it back.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import { isOurs, WHOLE } from "../../../core/load/share.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Groundwork } from "../../../core/run/run_plan.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Say } from "../../../core/say.ts";
import type { GrantedSession } from "../../../kube/conduct_on_cluster.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { SERVICE_ACCOUNTS } from "../../../kube/resource.ts";
import { type ChatClient, openChatClient } from "../chat/chat_client.ts";
import type { MaasValues } from "../flags.ts";
import { discoverTarget } from "../target/discover_target.ts";
import type { MaasTarget } from "../target/target.ts";
import { AccountUsers, type AccountUsersOptions } from "../users/account_users.ts";
import { accountUsers } from "../users/provision_users.ts";
import { tokenLifeMs } from "../users/token_life.ts";
import type { User } from "../users/user.ts";
import { Canaries } from "./canaries.ts";
import { growTo } from "./grow_to.ts";
import { requireFirstAnswers } from "./first_answers.ts";
import { DirectReviews } from "./direct_reviews.ts";
import { partSources } from "./component_flags.ts";
import { watchParts } from "./part_watch.ts";
import { RunLimits } from "./run_limits.ts";
import { type Tally, tallying } from "./usage_audit.ts";
import { UsageAuditor } from "./usage_auditor.ts";
import type { MaasProbe, Scene } from "./maas_probe.ts";
import { STRANGER } from "./maas_needs.ts";

export interface MaasRunOptions {
  readonly probe: MaasProbe;
  readonly values: MaasValues;
  readonly identity: RunIdentity;
  readonly session: Pick<GrantedSession, "cluster" | "flow">;
  /** Where users are, and what belongs to no tier. */
  readonly namespaces: readonly string[];
  readonly say: Say;
}

type Context = MaasRunOptions & { readonly closing: AsyncDisposableStack };

/** See the module. @throws {CannotRunError} before any load */
export async function runMaas(run: Run, options: MaasRunOptions): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const ready = await unlessStopped(run, () => getReady(run, { ...options, closing }));
  if (ready === undefined) return;
  options.session.flow.reset(); // getting ready was no load
  await options.probe.work(ready.scene);
  await ready.end();
}

/**
 * What all generators of a probe share: the limits of the gateway, looked after by whoever leads them.
 * @throws {CannotRunError} before any load
 */
export async function layGroundwork(run: Run, options: MaasRunOptions): Promise<Groundwork> {
  await using closing = new AsyncDisposableStack();
  const groundwork = await unlessStopped(run, () => groundworkOf(run, { ...options, closing }));
  const opened = closing.move();
  return { ...groundwork, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function groundworkOf(run: Run, context: Context): Promise<Groundwork> {
  const { probe, values, closing } = context;
  const target = await findTarget(run, context);
  const makeUsers = await usersMaker(run, context);
  const users = makeUsers(target, probe.tiers, { areFurther: true });
  strangers(context, { target, makeUsers });
  const limits = closing.use(await settleLimits(run, context, { target, users }));
  closing.use(users.keepFresh());
  await limits.seeRaised();
  if (partSources(values).some(({ name }) => name === "limiter")) {
    run.warn(
      "no-usage-audit",
      "What was charged is not audited: each generator knows its own part",
    );
  }
  return {
    beside: (stage, work) => limits.guard.watch(stage, work),
    end: () => limits.giveBack(),
  };
}

/** A scene, and what is to be done when its work is. */
interface Ready {
  readonly scene: Scene;
  end(): Promise<void>;
}

/** Undefined if the run was stopped meanwhile. @throws {CannotRunError} */
async function unlessStopped<T>(run: Run, getReady: () => Promise<T>): Promise<T | undefined> {
  try {
    return await getReady();
  } catch (thrown) {
    if (run.stopping.aborted) return undefined;
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    const message = `The server does not let the probe begin: ${thrown.message}`;
    throw new CannotRunError(message, { cause: thrown });
  }
}

async function getReady(run: Run, context: Context): Promise<Ready> {
  const { probe, values, identity, session: { cluster }, closing, say } = context;
  const target = await findTarget(run, context);
  const tally: Tally = { asked: 0, usedTokens: 0, unknown: 0 };
  const client = tallying(closing.use(openChatClient(target.endpoint, probe.question, run)), tally);
  const makeUsers = await usersMaker(run, context);
  const users = makeUsers(target, probe.tiers);
  // On a groundwork they are the business of whoever laid it.
  const limits = run.isOnGroundwork
    ? undefined
    : closing.use(await settleLimits(run, context, { target, users }));
  await makeFirst(run, users, probe);
  closing.use(users.keepFresh());
  const stranger = await strangerOf(context, { target, makeUsers });
  await requireFirstAnswers(run, { client, target, users: users.all });
  await limits?.seeRaised();
  const parts = partSources(values);
  if (isOurs(run.share, 0)) {
    closing.use(watchParts(run, { cluster, sources: parts, periodMs: values["usage-period"] }));
  }
  const auditor = limits === undefined
    ? undefined
    : await UsageAuditor.begin(run, { parts, tally, limits: limits.found });
  const { canaries, reviews } = besideOf(run, context, { target, client, users, stranger });
  const putOn = async (stage: RunStage, work: () => Promise<void>) => {
    await using _canaries = canaries.beside(stage);
    await using _reviews = reviews.beside(stage);
    await work();
  };
  return {
    scene: {
      ...{ run, cluster, identity, target, users, client, say },
      refusalMs: () => canaries.refusalMs,
      onRefused: (stage, iteration) => limits?.guard.onRefused(stage, iteration),
      load: (stage, work) =>
        limits === undefined
          ? putOn(stage, work)
          : limits.guard.watch(stage, () => putOn(stage, work)),
    },
    async end() {
      canaries.report();
      await auditor?.end(probe.question);
      await limits?.giveBack();
    },
  };
}

/** What is asked beside the load. */
function besideOf(
  run: Run,
  { values, session: { cluster } }: Context,
  { target, client, users, stranger }: {
    target: MaasTarget;
    client: ChatClient;
    users: AccountUsers;
    stranger: User | undefined;
  },
): { canaries: Canaries; reviews: DirectReviews } {
  const ratePerSec = values["canary-rate"];
  const user = () => users.all[0];
  return {
    canaries: new Canaries(run, { client, user, stranger, ratePerSec }),
    reviews: new DirectReviews(run, { cluster, audiences: target.audiences, user, ratePerSec }),
  };
}

async function findTarget(run: Run, { probe, values, session: { cluster } }: Context) {
  const { clock, rng, stopping: signal } = run;
  const { target, facts, warnings } = await discoverTarget({
    cluster,
    values,
    api: probe.question.form === "completions" ? "completions" : "chat",
    clock,
    rng: rng.fork("target"),
    signal,
  });
  for (const [name, value] of Object.entries(facts)) run.addFact(name, value);
  for (const { code, message } of warnings) run.warn(code, message);
  return target;
}

async function makeFirst(run: Run, users: AccountUsers, { firstUsers }: MaasProbe): Promise<void> {
  if (firstUsers === undefined) await users.makeAll();
  else await growTo(users, run, firstUsers);
}

type MakeUsers = (
  target: MaasTarget,
  tiers: readonly { readonly tier: string; readonly count: number }[],
  options?: Pick<AccountUsersOptions, "areFurther" | "share">,
) => AccountUsers;

/** On the footprint that it lays. */
async function usersMaker(
  run: Run,
  { identity, session: { cluster }, values, probe, namespaces, say }: Context,
): Promise<MakeUsers> {
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces,
    createsNamespaces: true,
    kinds: [SERVICE_ACCOUNTS],
    say,
  });
  return (target, tiers, options = {}) =>
    accountUsers(run, {
      ...{ cluster, identity, footprint, target, tiers, ...options },
      lifeMs: tokenLifeMs({ runMs: probe.lastsMs, askedMs: values["token-lifetime"] }),
      atOnce: values["make-at-once"],
    });
}

function settleLimits(
  run: Run,
  { probe, values, identity, session: { cluster } }: Context,
  { target, users }: { target: MaasTarget; users: AccountUsers },
): Promise<RunLimits> {
  return RunLimits.settle(run, {
    ...{ cluster, identity, values, target, users, question: probe.question },
    tiers: probe.tiers.map(({ tier }) => tier),
  });
}

/** A user whose token is good, in a namespace that no tier has; undefined where users are no accounts. */
async function strangerOf(
  context: Context,
  made: { target: MaasTarget; makeUsers: MakeUsers },
): Promise<User | undefined> {
  const users = strangers(context, made);
  await users?.makeAll();
  return users?.all[0];
}

/** Nobody is made yet. */
function strangers(
  { values }: Context,
  { target, makeUsers }: { target: MaasTarget; makeUsers: MakeUsers },
): AccountUsers | undefined {
  if (values["canary-rate"] === 0 || target.profile === "api-key") return undefined;
  const elsewhere = { ...target, tierNamespace: () => values.namespace };
  return makeUsers(elsewhere, [STRANGER], { share: WHOLE }); // each generator asks as this one
}
