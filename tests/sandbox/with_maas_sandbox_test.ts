import assert from "node:assert/strict";
import { flag, integer, text, toggle, type Values } from "../../core/command/flags.ts";
import type { GivenTexts } from "../../core/command/settings.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { GATEWAYS } from "../../kube/gateway_api/kinds.ts";
import { resourcePath } from "../../kube/resource.ts";
import { withMaasSandbox } from "../../sandbox/mod.ts";
import { ask } from "./ask_by_kubeconfig.ts";
import { useOnSandbox } from "./use_on_sandbox.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  "dry-run": flag(toggle, { help: "nothing", default: false }),
  seed: flag(integer(), { help: "seed", default: 0 }),
  address: flag(text("host:port"), { help: "where to connect" }),
};
type GivenValues = Values<typeof FLAGS>;

const ON = { sandbox: ["true"] };

/** @param does what the command does with its values */
function use(
  given: GivenTexts,
  does: (values: GivenValues) => Promise<unknown> = () => Promise.resolve(),
) {
  return useOnSandbox(withMaasSandbox, { flags: FLAGS, given, does });
}

Deno.test("the command is told where the gateway answers, and finds it on the cluster", async () => {
  const { shown, stderr } = await use(ON, async ({ kubeconfig, address }) => {
    const gateway = { namespace: "openshift-ingress", name: "maas-default-gateway" };
    const { body } = await ask(kubeconfig!, resourcePath(GATEWAYS, gateway));
    const { spec } = body as { spec: { listeners: { hostname: string; port: number }[] } };
    assert.equal(address, `127.0.0.1:${spec.listeners[0]!.port}`);
    const answer = await fetch(`http://${address}/`);
    assert.deepEqual([answer.status, await answer.text()], [404, ""]);
  });
  assert.deepEqual(["address", "kubeconfig"].map((name) => shown[name]?.source), [
    "sandbox",
    "sandbox",
  ]);
  assert.match(
    stderr,
    /^sandbox at https:\/\/127\.0\.0\.1:\d+\/sandbox: this is no cluster and no model\n$/,
  );
});

Deno.test("what its user has said stays, and a dry run starts nothing", async () => {
  const own = await use({ ...ON, address: ["127.0.0.1:1"] });
  assert.equal(own.values.address, "127.0.0.1:1");
  const dry = await use({ ...ON, "dry-run": ["true"] });
  assert.deepEqual([dry.values.kubeconfig, dry.threads], [undefined, 0]);
});

Deno.test("what its faults hit is told at the end, those of the API server too", async () => {
  const faults = ["auth-slow", "429"];
  const { stderr } = await use({ ...ON, "sandbox-fault": faults });
  for (const fault of faults) {
    assert.match(stderr, new RegExp(`sandbox fault ${fault} hit 0 of 0 requests`));
  }
  await assert.rejects(use({ ...ON, "sandbox-fault": ["auth-fast"] }), {
    message: /must be one of limiter-dry, auth-slow, .*not "auth-fast"/,
  });
});
