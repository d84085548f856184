import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import {
  deleteByHand,
  isOfRun,
  otherRunsSelector,
  ownerLabels,
  runSelector,
  userAgent,
} from "../../../kube/owned/ownership.ts";
import { CONFIG_MAPS, FLUNDERS, NAMESPACES } from "../../../kube/resource.ts";
import { MemoryCluster } from "../../support/memory_cluster.ts";

const RUN = { runId: "20261121-103151-4821", command: "cmdriver" };

Deno.test("ownerLabels name the program, the run, the command and the purpose of the original drivers", () => {
  assert.deepEqual(ownerLabels(RUN), {
    "app.kubernetes.io/managed-by": "scaletool",
    "scaletool.io/run-id": "20261121-103151-4821",
    "scaletool.io/command": "cmdriver",
    "purpose": "scaletest",
  });
});

Deno.test("every label is one that Kubernetes accepts, for the longest run id too", () => {
  const labels = ownerLabels({ runId: "a".repeat(50), command: "gateway attached-routes" });
  for (const [key, value] of Object.entries(labels)) {
    assert.match(key, /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
    assert.match(value, /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
  }
});

Deno.test("runSelector selects the run's objects, otherRunsSelector those of other runs, neither anything else", async () => {
  const cluster = new MemoryCluster();
  const put = (name: string, labels: Record<string, string>) =>
    cluster.put(CONFIG_MAPS, { metadata: { namespace: "ns", name, labels } });
  put("mine", ownerLabels(RUN));
  put("other", ownerLabels({ ...RUN, runId: "other" }));
  put("foreign", { purpose: "scaletest", "scaletool.io/run-id": RUN.runId });
  put("bare", {});
  const select = async (labelSelector: string) =>
    (await cluster.list(CONFIG_MAPS, { labelSelector })).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(await select(runSelector(RUN.runId)), ["mine"]);
  assert.deepEqual(await select(otherRunsSelector(RUN.runId)), ["other"]);
  const { items } = await cluster.list(CONFIG_MAPS);
  assert.deepEqual(
    items.filter(({ metadata }) => isOfRun(metadata, RUN.runId)).map(({ metadata }) =>
      metadata.name
    ),
    ["mine"],
  );
});

const SELECTOR = "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";
for (
  const { resource, namespaces, expected } of [
    {
      resource: CONFIG_MAPS,
      namespaces: ["a"],
      expected: `kubectl delete configmaps -n a -l ${SELECTOR}`,
    },
    {
      resource: FLUNDERS,
      namespaces: ["a", "b"],
      expected: `kubectl delete flunders.wardle.example.com -n a -l ${SELECTOR} && ` +
        `kubectl delete flunders.wardle.example.com -n b -l ${SELECTOR}`,
    },
    {
      resource: NAMESPACES,
      namespaces: ["a"],
      expected: `kubectl delete namespaces -l ${SELECTOR}`,
    },
  ]
) {
  Deno.test(`deleteByHand for ${resource.plural} in ${namespaces.join(" and ")}`, () => {
    assert.equal(deleteByHand({ resource, namespaces, runId: "r1" }), expected);
  });
}

Deno.test("userAgent says program, version, platform, command and run", () => {
  const platform = `${Deno.build.os}/${Deno.build.arch}`;
  assert.equal(
    userAgent(RUN),
    `scaletool/${config.version} (${platform}) cmdriver run/20261121-103151-4821`,
  );
});

Deno.test("a command of several words is one word for servers", () => {
  const run = { ...RUN, command: "gateway attached-routes" };
  assert.equal(ownerLabels(run)["scaletool.io/command"], "gateway-attached-routes");
  assert.match(userAgent(run), / \([^ ]+\) gateway-attached-routes run\/20261121-103151-4821$/);
});
