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
import { type ChatClient, openChatClient } from "../chat/chat_client.ts";
import type { MaasValues } from "../flags.ts";
import { discoverTarget } from "../target/discover_target.ts";
import type { MaasTarget } from "../target/target.ts";
import { AccountUsers } from "../users/account_users.ts";
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
  const ready = await prepare(run, { ...options, closing });
  if (ready === undefined) return;
  options.session.flow.reset(); // getting ready was no load
  await options.probe.work(ready.scene);
  await ready.end();
}

/** A scene, and what is to be done when its work is. */
interface Ready {
  readonly scene: Scene;
  end(): Promise<void>;
}

/** Undefined if the run was stopped meanwhile. */
async function prepare(run: Run, context: Context): Promise<Ready | undefined> {
  try {
    return await getReady(run, context);
  } catch (thrown) {
    if (run.stopping.aborted) return undefined;
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    const message = `The server does not let the probe begin: ${thrown.message}`;
    throw new CannotRunError(message, { cause: thrown });
  }
}

async function getReady(run: Run, context: Context): Promise<Ready> {
  const { probe, values, identity, session: { cluster }, namespaces, closing, say } = context;
  const target = await findTarget(run, context);
  const tally: Tally = { asked: 0, usedTokens: 0, unknown: 0 };
  const client = tallying(closing.use(openChatClient(target.endpoint, probe.question, run)), tally);
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces,
    createsNamespaces: true,
    kinds: [SERVICE_ACCOUNTS],
    say,
  });
  const makeUsers = usersMaker(run, context, footprint);
  const users = makeUsers(target, probe.tiers);
  const limits = await RunLimits.settle(run, {
    ...{ cluster, identity, values, target, users, question: probe.question },
    tiers: probe.tiers.map(({ tier }) => tier),
  });
  closing.use(limits);
  await makeFirst(run, users, probe);
  closing.use(users.keepFresh());
  const stranger = await strangerOf(context, { target, makeUsers });
  await requireFirstAnswers(run, { client, target, users: users.all });
  await limits.seeRaised();
  const parts = partSources(values);
  closing.use(watchParts(run, { cluster, sources: parts, periodMs: values["usage-period"] }));
  const auditor = await UsageAuditor.begin(run, { parts, tally, limits: limits.found });
  const { canaries, reviews } = besideOf(run, context, { target, client, users, stranger });
  return {
    scene: {
      ...{ run, cluster, identity, target, users, client, say },
      refusalMs: () => canaries.refusalMs,
      onRefused: (stage, iteration) => limits.guard.onRefused(stage, iteration),
      load: (stage, work) =>
        limits.guard.watch(stage, async () => {
          await using _canaries = canaries.beside(stage);
          await using _reviews = reviews.beside(stage);
          await work();
        }),
    },
    async end() {
      canaries.report();
      await auditor.end(probe.question);
      await limits.giveBack();
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
) => AccountUsers;

function usersMaker(
  run: Run,
  { identity, session: { cluster }, values, probe }: Context,
  footprint: Footprint,
): MakeUsers {
  return (target, tiers) =>
    accountUsers(run, {
      ...{ cluster, identity, footprint, target, tiers },
      lifeMs: tokenLifeMs({ runMs: probe.lastsMs, askedMs: values["token-lifetime"] }),
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
