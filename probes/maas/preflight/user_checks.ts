/**
 * Does the gateway let in whom it should, and nobody else? One question of a user of each tier, and of
 * three that have to be refused. Makes no users.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { LLM_INFERENCE_SERVICES } from "../../../kube/kuadrant/kinds.ts";
import { type Access, reviewAccess } from "../../../kube/service_account/access_review.ts";
import { userOf } from "../../../kube/service_account/identity.ts";
import { isForbidden } from "../../../kube/status_error.ts";
import type { ChatClient } from "../chat/chat_client.ts";
import { CHAT_REASONS, type ChatAnswer, type ChatReason } from "../chat/chat.ts";
import { damaged, NOBODY, reasonOf, REFUSALS } from "../frame/canaries.ts";
import { failureText } from "../frame/first_answers.ts";
import type { MaasTarget } from "../target/target.ts";
import type { User } from "../users/user.ts";
import { check, CheckFailedError } from "./checks.ts";

export interface UserChecks {
  readonly cluster: Cluster;
  readonly client: ChatClient;
  readonly target: MaasTarget;
}

/**
 * That there is a gateway, and that it asks for a credential: any answer of it shows the first.
 * @returns whether there is one
 */
export async function checkGateway(run: Run, options: UserChecks): Promise<boolean> {
  const { client, target } = options;
  const signal = run.stopping;
  const reached = await check(run, {
    subject: "the gateway answers",
    observed: (reason: string) => reason,
  }, async () => {
    const failure = await client.ask(NOBODY, { signal }).then(() => undefined, caught);
    if (failure === undefined || isAnswer(failure.reason)) return failure?.reason ?? "200";
    throw new OperationFailedError(failure.reason, failureText(failure, { target }));
  });
  if (reached === undefined) return false;
  await checkRefused(run, options, { kind: "no-token", asker: NOBODY });
  return true;
}

/** Of each tier: whether it may use the model, and is answered. */
export async function checkTiers(
  run: Run,
  { cluster, client, target }: UserChecks,
  users: readonly User[],
): Promise<void> {
  const { stopping: signal } = run;
  for (const user of users) {
    const { tier } = user;
    await checkAccess(run, { cluster, target, user });
    await check(run, {
      subject: `a user of tier ${tier} is answered`,
      observed: ({ usage }: ChatAnswer) =>
        usage === undefined ? "without usage" : `${usage.totalTokens} tokens`,
    }, async () => {
      try {
        return await client.ask(user, { signal });
      } catch (thrown) {
        if (!(thrown instanceof OperationFailedError)) throw thrown;
        throw new OperationFailedError(thrown.reason, failureText(thrown, { tier, target }));
      }
    });
  }
}

/** Whoever has to be refused: with a damaged token, and with a good one and no right to the model. */
export async function checkRefusals(
  run: Run,
  options: UserChecks,
  { users: [user], stranger }: { users: readonly User[]; stranger: User | undefined },
): Promise<void> {
  if (user !== undefined) {
    await checkRefused(run, options, { kind: "bad-token", asker: damaged(() => user) });
  }
  if (stranger !== undefined) {
    await checkRefused(run, options, { kind: "no-access", asker: stranger });
  }
}

async function checkRefused(
  run: Run,
  { client }: UserChecks,
  { kind, asker }: { readonly kind: keyof typeof REFUSALS; readonly asker: User },
): Promise<void> {
  await check(run, {
    subject: `${WORDS[kind]} is refused`,
    observed: (reason: string) => reason,
  }, async () => {
    const reason = await reasonOf(client.ask(asker, { signal: run.stopping }));
    if (reason === REFUSALS[kind]) return reason;
    throw new CheckFailedError(reason, `it should be refused as ${REFUSALS[kind]}`);
  });
}

const WORDS: Readonly<Record<keyof typeof REFUSALS, string>> = {
  "no-token": "a request without a credential",
  "bad-token": "a credential whose signature is damaged",
  "no-access": "a user without access to the model",
};

/** As the auth service asks: by namespace and name in the path, for the group of the tier. */
async function checkAccess(
  run: Run,
  { cluster, target, user }: { cluster: Cluster; target: MaasTarget; user: User },
): Promise<void> {
  const access = accessOf(target.endpoint.path);
  if (access === undefined || target.profile === "api-key") return;
  const { stopping: signal } = run;
  const identity = userOf({ namespace: target.tierNamespace(user.tier), name: user.name });
  await check(run, {
    subject: `RBAC lets tier ${user.tier} use the model`,
    because: (reason: string) => reason,
  }, async () => {
    const { isAllowed, reason } = await reviewAccess(cluster, identity, { access, signal })
      .catch((thrown: unknown) => {
        // Nobody may ask for others but who decides for others.
        if (!isForbidden(thrown)) throw thrown;
        return { isAllowed: true, reason: "not asked: this user may not ask for others" };
      });
    if (isAllowed) return reason;
    throw new CheckFailedError(
      "no",
      `nothing binds ${identity.groups[1]} to a role with verb "${access.verb}" on ` +
        `${access.resource} "${access.name}" in namespace ${access.namespace}`,
    );
  });
}

/** Undefined where a path does not tell: the gateway finds the model by the body then. */
function accessOf(path: string): Access | undefined {
  const [, namespace, name] = /^\/([^/]+)\/([^/]+)\/v1\//.exec(path) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  const { group, plural: resource } = LLM_INFERENCE_SERVICES;
  return { verb: "post", group, resource, namespace, name };
}

/** Whether something on the way of HTTP has answered, whatever it said. */
function isAnswer(reason: string): boolean {
  return /^http-\d+$/.test(reason) || CHAT_REASONS.includes(reason as ChatReason);
}

function caught(thrown: unknown): OperationFailedError {
  if (thrown instanceof OperationFailedError) return thrown;
  throw thrown;
}
