/**
 * One preflight between its connections and its report: checks from what everything else needs to what
 * users see. Its users are the run's, and go with it.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Say } from "../../../core/say.ts";
import type { GrantedSession } from "../../../kube/conduct_on_cluster.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { Footprint } from "../../../kube/owned/footprint.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { SERVICE_ACCOUNTS } from "../../../kube/resource.ts";
import { openChatClient } from "../chat/chat_client.ts";
import type { MaasValues } from "../flags.ts";
import { STRANGER } from "../frame/maas_needs.ts";
import { questionFrom } from "../frame/question.ts";
import { type DiscoveredTarget, discoverTarget } from "../target/discover_target.ts";
import type { MaasTarget } from "../target/target.ts";
import type { TierCount } from "../users/account_users.ts";
import { accountUsers } from "../users/provision_users.ts";
import { tokenLifeMs } from "../users/token_life.ts";
import type { User } from "../users/user.ts";
import { check, CheckFailedError } from "./checks.ts";
import { checkLimits } from "./limit_checks.ts";
import { checkRights } from "./right_checks.ts";
import { checkGateway, checkRefusals, checkTiers } from "./user_checks.ts";

export interface PreflightOptions {
  readonly values: MaasValues;
  readonly identity: RunIdentity;
  readonly session: Pick<GrantedSession, "cluster">;
  /** One user of each. */
  readonly tiers: readonly TierCount[];
  readonly needs: ClusterNeeds;
  /** How long users are needed at most. */
  readonly lastsMs: number;
  readonly say: Say;
}

/** See the module. @throws {CannotRunError} if the API server itself gives no answers */
export async function runPreflight(run: Run, options: PreflightOptions): Promise<void> {
  await run.begin();
  try {
    await makeChecks(run, options);
  } catch (thrown) {
    if (run.stopping.aborted) return;
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    throw new CannotRunError(`Cannot make the checks: ${thrown.message}`, { cause: thrown });
  }
}

async function makeChecks(run: Run, options: PreflightOptions): Promise<void> {
  const { values, needs: { rights }, session: { cluster } } = options;
  await checkRights(run, { cluster, rights });
  const target = await checkTarget(run, options);
  if (target === undefined) return;
  await checkLimits(run, { cluster, values, target });
  using client = openChatClient(target.endpoint, questionFrom(values), run);
  const asking = { cluster, client, target };
  if (!await checkGateway(run, asking)) return;
  const made = await check(run, {
    subject: "users can be made",
    observed: ({ users, stranger }: MadeUsers) => `${users.length + (stranger ? 1 : 0)}`,
  }, () => makeUsers(run, options, target));
  if (made === undefined) return;
  await checkTiers(run, asking, made.users);
  await checkRefusals(run, asking, made);
}

async function checkTarget(
  run: Run,
  { values, session: { cluster } }: PreflightOptions,
): Promise<MaasTarget | undefined> {
  const { clock, rng, stopping: signal } = run;
  const found = await check(run, {
    subject: "gateway, model and how users are known are found",
    observed: ({ target }: DiscoveredTarget) => target.endpoint.origin.origin,
  }, () =>
    discoverTarget({
      cluster,
      values,
      api: values.form === "completions" ? "completions" : "chat",
      clock,
      rng: rng.fork("target"),
      signal,
    }));
  if (found === undefined) return undefined;
  const { target, facts, warnings } = found;
  for (const [name, value] of Object.entries(facts)) run.addFact(name, value);
  const notReady = warnings.find(({ code }) => code === "model-not-ready");
  for (const one of warnings) if (one !== notReady) run.warn(one.code, one.message);
  await check(run, { subject: "the model is ready" }, () => {
    if (notReady === undefined) return Promise.resolve();
    return Promise.reject(new CheckFailedError("no", notReady.message));
  });
  return target;
}

interface MadeUsers {
  readonly users: readonly User[];
  /** Who may not use the model; undefined: users are no accounts here. */
  readonly stranger: User | undefined;
}

async function makeUsers(
  run: Run,
  { values, identity, session: { cluster }, tiers, needs, lastsMs, say }: PreflightOptions,
  target: MaasTarget,
): Promise<MadeUsers> {
  const footprint = await Footprint.lay(run, cluster, {
    identity,
    namespaces: needs.namespaces,
    createsNamespaces: true,
    kinds: [SERVICE_ACCOUNTS],
    say,
  });
  const common = { cluster, identity, footprint, lifeMs: tokenLifeMs({ runMs: lastsMs }) };
  const atOnce = values["make-at-once"];
  const users = accountUsers(run, { ...common, target, tiers, atOnce });
  await users.makeAll();
  if (target.profile === "api-key") return { users: users.all, stranger: undefined };
  const elsewhere = { ...target, tierNamespace: () => values.namespace };
  const strangers = accountUsers(run, { ...common, target: elsewhere, tiers: [STRANGER], atOnce });
  await strangers.makeAll();
  return { users: users.all, stranger: strangers.all[0] };
}
