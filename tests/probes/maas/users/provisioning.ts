/** Provisioning on a cluster in memory, with a clock of the test's. @module */

import { Footprint } from "../../../../kube/owned/footprint.ts";
import { SERVICE_ACCOUNTS } from "../../../../kube/resource.ts";
import type { MaasTarget } from "../../../../probes/maas/target/target.ts";
import {
  accountUsers,
  type ProvisionOptions,
} from "../../../../probes/maas/users/provision_users.ts";
import { testRun } from "../../../watchers/support.ts";
import { TokenCluster } from "./token_cluster.ts";

export const IDENTITY = { runId: "r1", command: "maas users" };
export const TEN_MINUTES_MS = 600_000;

export const TARGET: MaasTarget = {
  gateway: { namespace: "ingress", name: "gw" },
  endpoint: {
    origin: new URL("http://maas.test"),
    path: "/llm/opt/v1/chat/completions",
    model: "facebook/opt-125m",
    isInsecure: false,
  },
  profile: "sa-token",
  audiences: ["gw-sa"],
  subscription: undefined,
  tierNamespace: (tier) => `gw-tier-${tier}`,
};

/** A run whose footprint is laid when users are made. */
export function provisioning(given: Partial<Omit<ProvisionOptions, "footprint" | "cluster">> = {}) {
  const test = testRun({ share: given.share });
  const cluster = new TokenCluster(test.clock);
  const tiers = given.tiers ?? [{ tier: "free", count: 3 }];
  const optionsFor = (footprint: Footprint) => ({
    cluster,
    identity: IDENTITY,
    footprint,
    target: TARGET,
    tiers,
    lifeMs: TEN_MINUTES_MS,
    atOnce: 2,
    ...given,
  });
  const lay = () =>
    Footprint.lay(test.run, cluster, {
      identity: IDENTITY,
      namespaces: tiers.map(({ tier }) => TARGET.tierNamespace(tier)),
      createsNamespaces: true,
      kinds: [SERVICE_ACCOUNTS],
      say: test.say,
    });
  const users = async () => accountUsers(test.run, optionsFor(await lay()));
  const provision = async () => {
    const made = await users();
    await made.makeAll();
    return made;
  };
  const undo = async () => {
    const { signal } = new AbortController();
    const ended = test.run.undoAll({ signal, onLong: () => {} });
    await test.clock.advance(40_000);
    return await ended;
  };
  return { ...test, cluster, provision, users, undo };
}
