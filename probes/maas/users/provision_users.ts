/**
 * The users of a run: as many in each tier as are asked for, each with a credential of its own as the
 * gateway's way of knowing its users wants it.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { Footprint } from "../../../kube/owned/footprint.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { SERVICE_ACCOUNTS } from "../../../kube/resource.ts";
import { SHORTEST_TOKEN_LIFE_MS } from "../../../kube/service_account/shortest_life.ts";
import type { MaasTarget } from "../target/target.ts";
import { AccountUsers, type AccountUsersOptions, type TierCount } from "./account_users.ts";
import type { CredentialSource } from "./credential.ts";
import { KeyApi } from "./key_api.ts";
import { KeySource } from "./key_source.ts";
import { TokenSource } from "./token_source.ts";

export interface ProvisionOptions extends Pick<AccountUsersOptions, "areFurther" | "share"> {
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  /** Laid over the tiers' namespaces, of kinds that include ServiceAccounts. */
  readonly footprint: Pick<Footprint, "objects">;
  readonly target: MaasTarget;
  /** The most users that each tier is to have at a time. */
  readonly tiers: readonly TierCount[];
  /** How long a credential is to be good: see `tokenLifeMs`. */
  readonly lifeMs: number;
  /** How many are made, or renewed, at the same time. */
  readonly atOnce: number;
}

/** Nobody is made yet; they go with the footprint. @throws {UsageError} if the cluster would refuse their names */
export function accountUsers(run: Run, options: ProvisionOptions): AccountUsers {
  const { footprint, target, tiers } = options;
  const namespaces = [...new Set(tiers.map(({ tier }) => target.tierNamespace(tier)))];
  const accounts = footprint.objects(SERVICE_ACCOUNTS, namespaces);
  return new AccountUsers(run, { ...options, accounts, source: sourceOf(run, options) });
}

function sourceOf(run: Run, { cluster, target, lifeMs }: ProvisionOptions): CredentialSource {
  const { audiences, subscription, profile, endpoint } = target;
  if (profile !== "api-key") return new TokenSource(cluster, { audiences, subscription, lifeMs });
  const tokens = new TokenSource(cluster, { audiences, lifeMs: SHORTEST_TOKEN_LIFE_MS });
  return new KeySource(run, { tokens, api: new KeyApi(endpoint), lifeMs, subscription });
}
