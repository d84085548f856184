/** However and whenever a run of attached-routes ends, nothing of it stays, and what it measured does. */

import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { GatewayCluster, objectsIn } from "../../../support/gateway_cluster.ts";
import { Scaletool } from "../../../support/scaletool.ts";

const PROBE = [
  ...["gateway", "attached-routes", "--gateways", "gateways/sandbox", "--routes", "20"],
  ...["--repeat", "1", "--hold", "100ms"],
];

/** When it ends: as so many calls of a kind have come; and the stages that it is in or has behind it. */
const MOMENTS: readonly {
  readonly name: string;
  readonly call: RegExp;
  readonly nth: number;
  readonly stages: readonly string[];
}[] = [
  { name: "it looks the Gateway up", call: /^GET .*\/gatewayclasses\//, nth: 1, stages: [] },
  { name: "it makes namespaces", call: /^POST .*\/namespaces(\?|$)/, nth: 2, stages: [] },
  { name: "it lays its pilot", call: /^POST .*\/httproutes/, nth: 1, stages: [] },
  { name: "it simulates", call: /^POST .*\/endpointslices/, nth: 5, stages: ["simulate"] },
  { name: "it adds", call: /^POST .*\/httproutes/, nth: 12, stages: ["simulate", "add"] },
  {
    name: "there is one more",
    call: /^DELETE .*\/httproutes/,
    nth: 1,
    stages: ["simulate", "add", "one more"],
  },
  {
    name: "it removes",
    call: /^DELETE .*\/httproutes/,
    nth: 9,
    stages: ["simulate", "add", "one more", "remove"],
  },
  {
    name: "it cleans up",
    call: /^DELETE .*\/namespaces\/[^/]*$/,
    nth: 1,
    stages: ["simulate", "add", "one more", "remove"],
  },
];

/** Calls `act` as it comes to the moment, once. @returns whether it has */
function at(
  cluster: GatewayCluster,
  { call, nth }: Pick<typeof MOMENTS[number], "call" | "nth">,
  act: () => void,
): () => boolean {
  let seen = 0;
  cluster.onCall = (made) => {
    if (call.test(made) && ++seen === nth) act();
  };
  return () => seen >= nth;
}

function stagesIn(result: string): string[] {
  return JSON.parse(result).stages.map(({ name }: { name: string }) => name);
}

for (const { name, stages, ...moment } of MOMENTS) {
  Deno.test(`Ctrl-C while ${name} leaves nothing but a report`, async () => {
    await using cluster = await GatewayCluster.start();
    const before = await objectsIn(cluster);
    const out = cluster.out();
    const hasCome = at(cluster, moment, () => cluster.signal("SIGINT"));
    const { code, stderr } = await cluster.run([...PROBE, "--out", out]);
    assert.ok(hasCome(), "the moment never came");
    // The run itself was over by then.
    if (name !== "it cleans up") assert.equal(code, EXIT_CODE.interrupted, stderr);
    assert.deepEqual(await objectsIn(cluster), before);
    assert.deepEqual(stagesIn(Deno.readTextFileSync(`${out}/result.json`)), stages);
  });

  Deno.test(`kill -9 while ${name} leaves what cleanup finds, and what report reads`, async () => {
    await using cluster = await GatewayCluster.start();
    const before = await objectsIn(cluster);
    const out = cluster.out();
    const place = ["--kubeconfig", cluster.kubeconfig, "--run-id", "killed", "--out", out];
    await using program = new Scaletool([...PROBE, ...place]);
    const hasCome = at(cluster, moment, () => program.kill("SIGKILL"));
    await program.finished();
    assert.ok(hasCome(), `the moment never came: ${program.stderr}`);
    const cleaned = await cluster.run(["cleanup", "--run-id", "killed"], { isQuiet: false });
    assert.equal(cleaned.code, EXIT_CODE.pass, cleaned.stderr);
    assert.deepEqual(await objectsIn(cluster), before);
    const told = await cluster.print(["report", out, "-o", "json"]);
    assert.ok([EXIT_CODE.inconclusive, EXIT_CODE.failed].some((code) => code === told.code));
    assert.match(told.stdout, /The run was killed before it could end/);
    // Of the stage that it died in nothing need be on disk yet.
    const found = stagesIn(told.stdout);
    assert.deepEqual(found, stages.slice(0, found.length));
    assert.ok(found.length >= stages.length - 1, told.stdout);
  });
}
