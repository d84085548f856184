/**
 * One run of a maas probe between its connections and its report: the gateway is looked up, limits are
 * raised, users made, and a user of each tier has to get an answer; then the probe works. What was
 * raised or made is registered to go again before it is there, so that any end of the run takes it back.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Say } from "../../../core/say.ts";
import type { GrantedSession } from "../../../kube/conduct_on_cluster.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { SERVICE_ACCOUNTS } from "../../../kube/resource.ts";
import { openChatClient } from "../chat/chat_client.ts";
import type { MaasValues } from "../flags.ts";
import { limitPoliciesOf } from "../policies/limit_policies.ts";
import { raiseLimits } from "../policies/raise_limits.ts";
import { discoverTarget } from "../target/discover_target.ts";
import type { MaasTarget } from "../target/target.ts";
import { AccountUsers } from "../users/account_users.ts";
import { accountUsers } from "../users/provision_users.ts";
import { tokenLifeMs } from "../users/token_life.ts";
import type { User } from "../users/user.ts";
import { Canaries } from "./canaries.ts";
import { growTo } from "./grow_to.ts";
import { requireFirstAnswers } from "./first_answers.ts";
import { LimitGuard } from "./limit_guard.ts";
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
  const scene = await prepare(run, { ...options, closing });
  if (scene === undefined) return;
  options.session.flow.reset(); // getting ready was no load
  await options.probe.work(scene);
}

/** Undefined if the run was stopped meanwhile. */
async function prepare(run: Run, context: Context): Promise<Scene | undefined> {
  try {
    return await getReady(run, context);
  } catch (thrown) {
    if (run.stopping.aborted) return undefined;
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    const message = `The server does not let the probe begin: ${thrown.message}`;
    throw new CannotRunError(message, { cause: thrown });
  }
}

async function getReady(run: Run, context: Context): Promise<Scene> {
  const { probe, values, identity, session: { cluster }, namespaces, closing, say } = context;
  const target = await findTarget(run, context);
  const client = closing.use(openChatClient(target.endpoint, probe.question, run));
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces,
    createsNamespaces: true,
    kinds: [SERVICE_ACCOUNTS],
    say,
  });
  const limits = await raised(run, context, target);
  const makeUsers = usersMaker(run, context, { target, footprint });
  const users = makeUsers(target, probe.tiers);
  await makeFirst(run, users, probe);
  closing.use(users.keepFresh());
  const canaries = new Canaries(run, {
    client,
    user: () => users.all[0],
    stranger: await strangerOf(context, { target, makeUsers }),
    ratePerSec: values["canary-rate"],
  });
  closing.defer(() => canaries.report());
  await requireFirstAnswers(run, { client, target, users: users.all });
  return {
    ...{ run, cluster, identity, target, users, client, say },
    async load(stage, work) {
      await limits.watch(stage, async () => {
        await using _asking = canaries.beside(stage);
        await work();
      });
    },
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

/** Limits out of the way, where that is wanted. */
async function raised(
  run: Run,
  { values, identity, session: { cluster } }: Context,
  { gateway, subscription }: MaasTarget,
): Promise<LimitGuard> {
  if (!values["raise-limits"]) return new LimitGuard(run, { areRaised: false });
  const { clock, rng, stopping: signal } = run;
  const found = await limitPoliciesOf(cluster, {
    ...{ gateway, subscription },
    clock,
    rng: rng.fork("limits"),
    signal,
  });
  await raiseLimits(run, {
    ...{ cluster, identity, limits: found },
    wanted: { requests: values["raise-requests"], tokens: values["raise-tokens"] },
    enforcedTimeoutMs: values["enforced-timeout"],
  });
  return new LimitGuard(run, { areRaised: true });
}

type MakeUsers = (
  target: MaasTarget,
  tiers: readonly { readonly tier: string; readonly count: number }[],
) => AccountUsers;

function usersMaker(
  run: Run,
  { identity, session: { cluster }, values, probe }: Context,
  { footprint }: { target: MaasTarget; footprint: Footprint },
): MakeUsers {
  return (target, tiers) =>
    accountUsers(run, {
      ...{ cluster, identity, footprint, target, tiers },
      lifeMs: tokenLifeMs({ runMs: probe.lastsMs }),
      atOnce: values["make-at-once"],
    });
}

/** A user whose token is good, in a namespace that no tier has; undefined where users are no accounts. */
async function strangerOf(
  { values }: Context,
  { target, makeUsers }: { target: MaasTarget; makeUsers: MakeUsers },
): Promise<User | undefined> {
  if (values["canary-rate"] === 0 || target.profile === "api-key") return undefined;
  const elsewhere = { ...target, tierNamespace: () => values.namespace };
  const users = makeUsers(elsewhere, [STRANGER]);
  await users.makeAll();
  return users.all[0];
}
