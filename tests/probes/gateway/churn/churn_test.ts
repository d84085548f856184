import assert from "node:assert/strict";
import { UsageError } from "../../../../core/errors.ts";
import { namesOf } from "../../../../core/run/measures.ts";
import { HTTP_ROUTES } from "../../../../kube/gateway_api/kinds.ts";
import { DEPLOYMENTS, ENDPOINT_SLICES, SERVICES } from "../../../../kube/resource.ts";
import { churn, useChurn } from "../../../../probes/gateway/churn/churn.ts";
import { churnCommand, type ChurnFlags } from "../../../../probes/gateway/churn/command.ts";
import { frameMeasures } from "../../../../probes/gateway/frame/frame_measures.ts";
import { invocationOf } from "../invocation.ts";

function invocation(...args: readonly string[]) {
  return invocationOf<ChurnFlags>(churnCommand, ["--gateways", "a/gw", ...args]);
}

Deno.test("without a way to restart nothing is said to be restarted, and nothing is judged of it", async () => {
  const probe = churn(await invocation());
  assert.ok(
    probe.sections.some(({ title, value }) =>
      title === "restart" && String(value).startsWith("none")
    ),
  );
  assert.ok(probe.defaultThresholds.every((text) => !/^(restart|recovery)/.test(text)));
  const { counters, others } = probe.measures(["a/gw"]);
  assert.ok(!others.includes("restart"));
  assert.ok(counters.every(({ tags }) => tags?.["during"] !== "restart"));
});

Deno.test("with a restart it has to come about, and new routes have to be served after it", async () => {
  const probe = churn(await invocation("--restart-command", "true"));
  assert.ok(probe.defaultThresholds.includes("restart.failed.count <= 0"));
  assert.ok(probe.defaultThresholds.includes("recovery.failed.count <= 0"));
});

Deno.test("a Deployment that is restarted needs two rights more", async () => {
  const { rights = [] } = churn(await invocation("--restart-deployment", "infra/controller"));
  const ofDeployment = rights.filter(({ kind }) => kind === DEPLOYMENTS);
  assert.deepEqual(
    ofDeployment,
    ["get", "patch"].map((verb) => ({
      verb,
      kind: DEPLOYMENTS,
      namespace: "infra",
      name: "controller",
    })),
  );
});

Deno.test("Services, slices and routes of its own are in the first namespace of routes", async () => {
  const { objects } = churn(await invocation("--routes", "10", "--simulate", "none", "-n", "x"));
  const own = objects.filter(({ namespaces }) => namespaces !== undefined)
    .map(({ kind, mostAtOnce, namespaces }) => [kind, mostAtOnce, namespaces]);
  assert.deepEqual(own, [
    [SERVICES, 3, ["x"]],
    [ENDPOINT_SLICES, 2, ["x"]],
    [HTTP_ROUTES, 5, ["x"]],
  ]);
});

Deno.test("every check has a cause that tells of its failure", async () => {
  for (const args of [[], ["--restart-command", "true"]]) {
    const { causes = [], measures } = churn(await invocation(...args));
    const { counters, others } = measures(["a/gw"]);
    const names = [
      ...namesOf(frameMeasures(["a/gw"])),
      ...counters.map(({ name }) => name),
      ...others,
      ...["create", "delete"],
    ];
    for (const { sign } of causes) {
      assert.ok(names.includes(/^\w+/.exec(sign)![0]), `${sign} is of something that is measured`);
    }
  }
});

Deno.test("what no run can be made of is refused before anything is contacted", async () => {
  const wrong: readonly [RegExp, readonly string[]][] = [
    [/take one of them/, ["--restart-command", "true", "--restart-deployment", "a/b"]],
    [/there is no program "scaletool-none" on PATH/, ["--restart-command", "scaletool-none now"]],
    [/^--endpoint-churn-rate: nothing of/, ["--endpoint-churn-rate", "1/h"]],
    [/^--endpoint-churn-rate: /, ["--endpoint-churn-rate", "often"]],
  ];
  for (const [message, args] of wrong) {
    const given = await invocation(...args);
    assert.throws(() => useChurn(given), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(invocation("--restart-command", "a 'b"), /quote without an end/);
  await assert.rejects(invocation("--restart-deployment", "b"), /NAMESPACE\/NAME of a Deployment/);
});
