/** The gateway probes as a user runs them, on real controllers. */
import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { GATEWAYS } from "../../kube/gateway_api/kinds.ts";
import { resourcePath } from "../../kube/resource.ts";
import { componentsOf, failuresIn, okOf } from "../probes/gateway/reported.ts";
import { createNamespaces, eventually } from "./cluster_state.ts";
import { startCommand, totalOf } from "./command_run.ts";
import { gatewaysOfFile } from "./gateway/gateways_of_file.ts";
import { GATEWAY_NAMES, type GatewayName } from "./gateway/kind.ts";
import { ProbeUser } from "./gateway/probe_user.ts";

const gateways = await gatewaysOfFile();
const { ignore, plane, gateway } = gateways;
const user = new ProbeUser(gateways);

/** No limit of time decides on a busy machine. */
const PATIENT = ["--limit", "5m", "--timeout", "5m"];

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), ...ProbeUser.NAMESPACES);
});

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, { ignore }, body);
}

/** That nothing speaks against, and that was asked all of this. */
function assertPassed(report: Report, ...asked: readonly string[]): void {
  assert.deepEqual(failuresIn(report), []);
  const subjects = report.findings.map(({ subject }) => subject);
  assert.deepEqual(asked.filter((subject) => !subjects.includes(subject)), []);
}

function stageNames({ stages }: Report): string[] {
  return stages.map(({ name }) => name);
}

/** Routes that are counted, accepted and served, in the end. */
function threeNumbers({ summary }: Report, tag: string): (number | undefined)[] {
  return ["countedRoutes", "acceptedRoutes", "servedRoutes"].map((name) =>
    summary.gauges.find((one) => one.name === name && one.tags?.["gateway"] === tag)?.last
  );
}

const EXACT = [
  ...["attachAll", "attach", "accept", "served", "stable", "detach", "gone", "detachAll"]
    .map((op) => `${op}.failed.count <= 0`),
  ...["overCounts", "underCounts", "countFlaps", "residue", "foreignRewrites"]
    .map((counter) => `${counter}.total <= 0`),
  ...["unaccepted{served=yes}", "unserved{status=accepted}", "unserved{status=not-accepted}"]
    .map((counter) => `${counter}.total <= 0`),
];
const ONE_MORE = ["attach", "accept", "served", "stable", "detach", "gone"];

test("300 routes of Contour are counted, accepted and served, and gone again", async () => {
  const tag = user.tagOf("contour");
  const { report } = await user.probed("attached-routes", {
    on: ["contour"],
    args: ["--routes", "300", "--repeat", "3"],
  });
  assertPassed(report, ...EXACT);
  assert.deepEqual(threeNumbers(report, tag), [300, 300, 300]);
  assert.deepEqual(
    ONE_MORE.map((op) => okOf(report, op, { gateway: tag })),
    ONE_MORE.map(() => 3),
  );
  const controller = gateway("contour").state.controllerName;
  assert.ok(totalOf(report, "routeWrites", { change: "status", controller }) >= 303);
  const gatewayWrites = totalOf(report, "gatewayWrites", { change: "count", phase: "adding" });
  assert.ok(gatewayWrites > 0 && gatewayWrites < 150, `${gatewayWrites} writes of the Gateway`);
  assert.ok(`pace of adding, ${tag}` in report.manifest.facts);
  assert.equal(report.tables[0]?.rows[0]?.name, tag);
});

test("one controller after the other is probed, each with routes of its own", async () => {
  const { report } = await user.probed("attached-routes", {
    on: GATEWAY_NAMES,
    args: ["--routes", "20", "--repeat", "1", "--hold", "500ms"],
  });
  assertPassed(report, ...EXACT);
  for (const name of GATEWAY_NAMES) {
    assert.deepEqual(threeNumbers(report, user.tagOf(name)), [20, 20, 20]);
  }
  const stages = (name: GatewayName) =>
    ["add", "one more", "remove"].map((stage) => `${user.tagOf(name)} ${stage}`);
  assert.deepEqual(
    stageNames(report).filter((name) => !/simul/.test(name)),
    GATEWAY_NAMES.flatMap(stages),
  );
});

test("both controllers take the same routes, and neither the other's word away", async () => {
  const { report } = await user.probed("attached-routes", {
    on: GATEWAY_NAMES,
    args: [
      ...["--joined", "--routes", "40", "--repeat", "2", "--hold", "500ms"],
      ...["--simulate", "none"],
    ],
  });
  assertPassed(report, ...EXACT);
  assert.deepEqual(stageNames(report), ["add", "one more", "remove"]);
  for (const name of GATEWAY_NAMES) {
    assert.deepEqual(threeNumbers(report, user.tagOf(name)), [40, 40, 40]);
    const { controllerName: controller } = gateway(name).state;
    assert.ok(totalOf(report, "routeWrites", { change: "status", controller }) >= 42);
  }
  // Traefik says so first, and takes up to 2 s from one configuration of its data plane to the next.
  const longest = (op: string) => {
    const tag = user.tagOf("traefik");
    const series = report.summary.operations.find((one) =>
      one.op === op && one.tags?.["gateway"] === tag
    );
    return series!.response!.max;
  };
  assert.ok(longest("served") > longest("accept"));
});

test("new routes reach Contour's Envoy over both kinds of connections", async () => {
  const { report } = await user.probed("propagation", {
    on: ["contour"],
    args: ["--routes", "10", "--rate", "10/s", ...PATIENT],
  });
  assertPassed(report, "regressions.total <= 0", "servedBefore.total <= 0");
  assertPropagated(report, { name: "contour", routes: 10 });
});

test("a slow data plane does not pace a fast one: joined, each has its last route", async () => {
  const { report } = await user.probed("propagation", {
    on: GATEWAY_NAMES,
    args: ["--joined", "--routes", "5", "--rate", "5/s", ...PATIENT],
  });
  assertPassed(report);
  for (const name of GATEWAY_NAMES) assertPropagated(report, { name, routes: 5 });
});

function assertPropagated(
  report: Report,
  { name, routes }: { name: GatewayName; routes: number },
): void {
  for (const connection of ["fresh", "kept"]) {
    const tags = { gateway: user.tagOf(name), connection };
    assert.equal(okOf(report, "propagate", tags), routes);
    assert.equal(okOf(report, "propagateStable", tags), routes);
  }
  assert.ok(`Last route at ${user.tagOf(name)}, alone` in report.manifest.facts);
}

test("while a header of a route changes Envoy answers every request", async () => {
  const { report } = await user.probed("route-change", {
    on: ["contour"],
    args: ["--backend", user.backendOf("contour"), "--changes", "10", ...PATIENT],
  });
  assertPassed(report, "request.failed.count <= 0", "changeServed.failed.count <= 0");
  assert.equal(okOf(report, "changeServed"), 20);
  assert.equal(totalOf(report, "reconnects"), 0);
});

test("what fails while a route's port changes is Envoy's 503 without a body", async () => {
  const [, alternate] = gateway("contour").state.backend.ports;
  const { code, report } = await user.probed("route-change", {
    on: ["contour"],
    args: [
      ...["--backend", user.backendOf("contour"), "--change", "port", "--changes", "40"],
      ...["--alternate-port", String(alternate), "--period", "100ms", ...PATIENT],
    ],
  });
  const answers = report.summary.counters.filter(({ name, total }) =>
    name === "failedAnswers" && total > 0
  );
  const expected = answers.length === 0 ? [] : ["request.failed.count <= 0"];
  assert.deepEqual(failuresIn(report), expected);
  for (const { tags = {} } of answers) {
    assert.deepEqual([tags.answer, tags.body], ["http-503", "empty"]);
  }
  assert.equal(okOf(report, "changeServed"), 80);
  if (answers.length === 0) return;
  assert.equal(code, 3);
  assert.deepEqual(componentsOf(report), ["data plane"]);
});

test("the cost of a change is in Contour's own metrics", async () => {
  const tag = user.tagOf("contour");
  const { report } = await user.probed("route-load", {
    on: ["contour"],
    args: [
      ...["--routes", "40", "--simulate", "none", "--idle", "1s", "--duration", "2s"],
      ...["--controller-metrics", gateway("contour").state.metricsUrls.controller],
      ...["--usage-period", "500ms"],
    ],
  });
  assertPassed(report, "unsettled.total <= 0", "unserved.total <= 0", "idleWrites.total <= 0");
  assert.deepEqual(stageNames(report), ["idle", "add", "change", "churn", "remove"]);
  assert.ok(okOf(report, "update") > 40, "all were changed, and then some again");
  for (const phase of ["add", "change", "remove"]) {
    const cost = report.summary.distributions.find((one) =>
      one.name === "allocatedPerChange" && one.tags?.["gateway"] === tag &&
      one.tags["phase"] === phase
    );
    assert.ok(cost !== undefined && cost.stats.min > 0, `no cost of ${phase}`);
  }
  assert.equal(totalOf(report, "componentFailures"), 0);
  const title = `Cost of a change: controller of ${tag}`;
  assert.ok(report.tables.some((table) => table.title === title));
});

test("Envoy serves a route while others come and go and Contour is restarted", async () => {
  const tag = user.tagOf("contour");
  const { report } = await user.probed("churn", {
    on: ["contour"],
    args: [
      ...["--routes", "10", "--checkpoints", "4", "--checkpoint-period", "1s"],
      ...["--cycle-period", "300ms", "--endpoint-churn-rate", "10/s"],
      ...["--answer-within", "5m", "--serve-within", "5m"],
      // Until the test has done it.
      ...["--restart-command", "sh -c 'touch asked; while [ -e asked ]; do sleep 0.1; done'"],
    ],
    async meanwhile(run) {
      await eventually("a restart is asked for", () => run.files.includes("asked"));
      await gateway("contour").restartController({ graceMs: 0 });
      Deno.removeSync(run.path("asked"));
    },
  });
  assertPassed(report, "request.failed.count <= 0", "recovery.failed.count <= 0");
  assert.deepEqual(["restart", "recovery"].map((op) => okOf(report, op)), [1, 1]);
  assert.equal(okOf(report, "checkpoint", { gateway: tag, connection: "kept" }), 4);
  const { facts } = report.manifest;
  assert.match(facts[`${tag} answers a route to a Service that is not there`] ?? "", /^500/);
  assert.match(facts[`${tag} answers a route to a Service without endpoints`] ?? "", /^503/);
});

test("requests pass through Envoy to a Service at the rate that was asked", async () => {
  const { report } = await user.probed("traffic", {
    on: ["contour"],
    args: ["--backend", user.backendOf("contour"), "--rate", "50/s", "--duration", "2s"],
  });
  assertPassed(report, "request.failed.count <= 0");
  assert.equal(
    okOf(report, "request", { gateway: user.tagOf("contour"), connection: "kept" }),
    100,
  );
});

test("all probes, or those that are named, are runs of their own", async () => {
  await using run = startCommand(plane(), [
    ...["gateway", "all", "--namespace", ProbeUser.NAMESPACES[0], ...user.at("contour")],
    ...["--out", "all", "--plan", "plan.yaml", "--only", "propagation", "--only", "traffic"],
  ], {
    files: {
      "plan.yaml": "gateway propagation: { routes: 3, rate: 5/s, limit: 5m, timeout: 5m }\n" +
        "gateway traffic: { rate: 20/s, duration: 1s }\n",
    },
  });
  const { code, stderr, stdout } = await run.finished();
  assert.ok(code === 0 || code === 4, stderr + stdout);
  const runs = [...Deno.readDirSync(run.path("all"))].map(({ name }) => name).sort();
  assert.deepEqual(runs, ["propagation", "traffic"]);
});

test("a Gateway that is programmed and has no address is asked for one, and probed with it", async () => {
  const { namespace, gateway: name } = gateway("contour").state;
  const collection = resourcePath(GATEWAYS, { namespace });
  type Seen = { spec: unknown; status: { conditions: { type: string; status: string }[] } };
  const seen = () => plane().admin<Seen>(`${collection}/${name}`);
  await gateway("contour").restartController({
    graceMs: 0,
    without: "--ingress-status-address",
    async whileDown() {
      // An old Gateway keeps the address that it had.
      const { spec } = await seen();
      await plane().admin(`${collection}/${name}`, { method: "DELETE" });
      const body = {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: { name },
        spec,
      };
      await plane().admin(collection, { method: "POST", body });
    },
  });
  await eventually(
    "Programmed",
    async () =>
      (await seen()).status.conditions.some(({ type, status }) =>
        type === "Programmed" && status === "True"
      ),
  );
  const args = ["gateway", "traffic", "--namespace", ProbeUser.NAMESPACES[0], "--rate", "20/s"];
  await using lost = startCommand(plane(), [
    ...[...args, "--gateways", user.tagOf("contour"), "--ready-timeout", "1s"],
  ]);
  const { stderr } = await lost.endsWith(1);
  assert.match(stderr, /^scaletool: Gateway contour\/gateway .* has no address .* --address\n$/);
  const { report } = await user.probed("traffic", {
    on: ["contour"],
    args: ["--rate", "20/s", "--duration", "1s", "--ready-timeout", "5m"],
  });
  assertPassed(report, "request.failed.count <= 0");
  await gateway("contour").restartController({ graceMs: 0 });
});
