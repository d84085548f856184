import assert from "node:assert/strict";
import { flag, integer, listOf, text, toggle, type Values } from "../../core/command/flags.ts";
import type { GivenTexts } from "../../core/command/settings.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { GATEWAYS } from "../../kube/gateway_api/kinds.ts";
import { resourcePath } from "../../kube/resource.ts";
import type { Gateway } from "../../sandbox/gateway/objects.ts";
import type { GatewayStatus } from "../../sandbox/gateway/statuses/gateway_status.ts";
import { withGatewaySandbox } from "../../sandbox/mod.ts";
import { ask } from "./ask_by_kubeconfig.ts";
import { useOnSandbox } from "./use_on_sandbox.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  "dry-run": flag(toggle, { help: "nothing", default: false }),
  seed: flag(integer(), { help: "seed", default: 0 }),
  gateways: flag(listOf(text("ns/name")), { help: "which", default: [] }),
  backend: flag(text("ns/name:port"), { help: "where to" }),
  joined: flag(toggle, { help: "all at once", default: false }),
};
type GivenValues = Values<typeof FLAGS>;

const ON = { sandbox: ["true"] };

/** @param does what the command does with its values */
function use(
  given: GivenTexts,
  does: (values: GivenValues) => Promise<unknown> = () => Promise.resolve(),
) {
  return useOnSandbox(withGatewaySandbox, { flags: FLAGS, given, does });
}

Deno.test("the command is told a Gateway that is programmed and a backend, and finds both", async () => {
  const { values, shown, stderr } = await use(ON, async ({ kubeconfig, gateways }) => {
    const [namespace = "", name = ""] = gateways[0]!.split("/");
    const { body } = await ask(kubeconfig!, resourcePath(GATEWAYS, { namespace, name }));
    const { spec, status } = body as Gateway & { status: GatewayStatus };
    const programmed = status.conditions.find(({ type }) => type === "Programmed");
    assert.equal(programmed?.status, "True");
    const port = spec.listeners[0]!.port;
    const answer = await fetch(`http://${status.addresses[0]!.value}:${port}/`);
    assert.deepEqual([answer.status, await answer.text()], [404, ""]);
  });
  assert.deepEqual([values.gateways, values.backend], [
    ["gateways/sandbox"],
    "gateways/backend:80",
  ]);
  assert.deepEqual(["gateways", "backend", "kubeconfig"].map((name) => shown[name]?.source), [
    "sandbox",
    "sandbox",
    "sandbox",
  ]);
  assert.match(stderr, /^sandbox at https:\/\/127\.0\.0\.1:\d+\/sandbox: this is no cluster\n$/);
});

Deno.test("joined, it is told both Gateways; and what its user has said stays", async () => {
  const joined = await use({ ...ON, joined: ["true"] });
  assert.deepEqual(joined.values.gateways, ["gateways/sandbox", "gateways/other"]);
  const own = await use({ ...ON, gateways: ["gateways/other"], backend: ["a/b:1"] });
  assert.deepEqual([own.values.gateways, own.values.backend], [["gateways/other"], "a/b:1"]);
});

Deno.test("a dry run is told the same, and starts nothing", async () => {
  const { values, threads } = await use({ ...ON, "dry-run": ["true"] });
  assert.deepEqual([values.gateways, values.kubeconfig, threads], [
    ["gateways/sandbox"],
    undefined,
    0,
  ]);
});

Deno.test("a cluster's flags contradict it, and its faults need it", async () => {
  await assert.rejects(use({ ...ON, context: ["c"] }), {
    message: "--sandbox is a cluster of its own: leave out --context, or --sandbox",
  });
  await assert.rejects(use({ "sandbox-fault": ["429"] }), {
    message: "--sandbox-fault changes a sandbox: it needs --sandbox",
  });
});
