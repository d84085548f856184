import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { GATEWAY_FAULTS } from "../../sandbox/gateway/faults/mod.ts";
import { type MatrixRun, namesOf, runMatrix } from "./fault_matrix.ts";
import { checkOf, isUnanswered, tablesIn } from "./fault_matrix_text.ts";
import {
  GATEWAY_FAULT_SWITCHES,
  GATEWAY_MATRIX,
  type GatewayCommandName,
  type GatewayFaultSwitch,
} from "./gateway_fault_matrix.ts";
import { inOwnFolder } from "./in_own_folder.ts";

/** Who is to blame, and the sign by which it is known. */
interface Blame {
  readonly component: string;
  readonly sign: string;
  /** The check that fails, if the sign is none by itself. */
  readonly check?: string;
}

/** The fault is of nothing that the command asks for. */
const NO_CONCERN = "passes";

const EXPECTED: Readonly<
  Record<GatewayCommandName, Readonly<Record<GatewayFaultSwitch, Blame | typeof NO_CONCERN>>>
> = {
  "gateway attached-routes": {
    "delay": { component: "controller", sign: "throttled.total" },
    "over-count": { component: "controller", sign: "overCounts.total" },
    "under-count": { component: "controller", sign: "underCounts.total" },
    "flapping": { component: "controller", sign: "countFlaps.total" },
    "residue": { component: "controller", sign: "residue.total" },
    "missing-status=1": {
      component: "controller's status writer",
      sign: "unaccepted{served=yes}.total",
    },
    "foreign-rewrite=replace,share=1": {
      component: "another controller",
      sign: "foreignRewrites.total",
    },
    "lost-update=1": { component: "controller", sign: "unserved{status=not-accepted}.total" },
    "unserved": { component: "data plane", sign: "errorsBeforeServed.total" },
    "stale-data-plane": { component: "data plane", sign: "servedAfterDelete.total" },
    "restart-gap": { component: "controller", sign: "lapses{counted=no}.total" },
  },
  "gateway propagation": {
    "delay": { component: "controller", sign: "acceptedAfter.max", check: "propagate.max" },
    "over-count": NO_CONCERN,
    "under-count": NO_CONCERN,
    "flapping": NO_CONCERN,
    "residue": NO_CONCERN,
    "missing-status=1": {
      component: "controller's status writer",
      sign: "unaccepted{served=yes}.total",
    },
    "foreign-rewrite=replace,share=1": {
      component: "another controller",
      sign: "foreignRewrites.total",
    },
    "lost-update=1": { component: "controller", sign: "unserved{status=not-accepted}.total" },
    "unserved": { component: "data plane", sign: "propagationErrors.total" },
    "stale-data-plane": NO_CONCERN,
    "restart-gap": { component: "data plane", sign: "regressions.total" },
  },
  "gateway route-change": {
    "delay": { component: "controller", sign: "acceptedAfter.max", check: "changeServed.max" },
    "over-count": NO_CONCERN,
    "under-count": NO_CONCERN,
    "flapping": NO_CONCERN,
    "residue": NO_CONCERN,
    "missing-status=1": {
      component: "controller's status writer",
      sign: "unaccepted{served=yes}.total",
    },
    "foreign-rewrite=replace,share=1": {
      component: "another controller",
      sign: "foreignRewrites.total",
    },
    "lost-update=1": { component: "controller", sign: "unserved{status=not-accepted}.total" },
    "unserved": NO_CONCERN,
    "stale-data-plane": { component: "data plane", sign: "unserved{status=accepted}.total" },
    "restart-gap": { component: "data plane", sign: "request.failed.count" },
  },
  "gateway route-load": {
    "delay": { component: "controller", sign: "unsettled.total" },
    "over-count": NO_CONCERN,
    "under-count": NO_CONCERN,
    "flapping": { component: "controller", sign: "miscounted.total" },
    "residue": { component: "controller", sign: "miscounted.total" },
    "missing-status=1": { component: "controller", sign: "unsettled.total" },
    "foreign-rewrite=replace,share=1": {
      component: "another controller",
      sign: "foreignRewrites.total",
    },
    "lost-update=1": { component: "controller", sign: "unsettled.total" },
    "unserved": NO_CONCERN,
    "stale-data-plane": { component: "data plane", sign: "unserved.total" },
    "restart-gap": NO_CONCERN,
  },
  "gateway churn": {
    "delay": { component: "controller", sign: "unserved{status=not-accepted}.total" },
    "over-count": NO_CONCERN,
    "under-count": NO_CONCERN,
    "flapping": NO_CONCERN,
    "residue": NO_CONCERN,
    "missing-status=1": {
      component: "controller's status writer",
      sign: "unaccepted{served=yes}.total",
    },
    "foreign-rewrite=replace,share=1": {
      component: "another controller",
      sign: "foreignRewrites.total",
    },
    "lost-update=1": { component: "controller", sign: "unserved{status=not-accepted}.total" },
    "unserved": { component: "data plane", sign: "unserved{status=accepted}.total" },
    "stale-data-plane": NO_CONCERN,
    "restart-gap": { component: "data plane", sign: "failedAnswers{during=churn}.total" },
  },
  "gateway traffic": {
    "delay": NO_CONCERN,
    "over-count": NO_CONCERN,
    "under-count": NO_CONCERN,
    "flapping": NO_CONCERN,
    "residue": NO_CONCERN,
    "missing-status=1": NO_CONCERN,
    "foreign-rewrite=replace,share=1": NO_CONCERN,
    "lost-update=1": { component: "controller or data plane", sign: "served.failed.count" },
    "unserved": NO_CONCERN,
    "stale-data-plane": NO_CONCERN,
    "restart-gap": { component: "data plane", sign: "request.failed.count" },
  },
};

/**
 * What is wrong with what a run said; undefined if nothing. Of a fault some stage has to name its cause
 * first, and none may blame a component that has nothing to do with it.
 */
function complaint(
  { command, fault, report }: MatrixRun<GatewayCommandName, GatewayFaultSwitch>,
): string | undefined {
  const { findings, stages } = report;
  const failed = findings.filter(({ verdict }) => verdict === "fail").map(checkOf);
  const unanswered = findings.filter(isUnanswered).map(checkOf);
  // That this machine was busy must not show.
  const ofTarget = stages.map(({ causes }) =>
    causes.filter((one) => one.component !== "generator")
  );
  const blamed = ofTarget.flatMap((causes) => causes.slice(0, 1))
    .map(({ component, sign }) => ({ component, sign: sign?.replace(/ <= .*/, "") ?? "" }));
  const said = `${command} ${fault ?? "without fault"}: failed ${failed.join(", ")}; blamed ` +
    blamed.map(({ component, sign }) => `${component} (${sign})`).join(", ");
  const expected = fault === undefined ? NO_CONCERN : EXPECTED[command][fault];
  if (expected === NO_CONCERN) return failed.length + blamed.length === 0 ? undefined : said;
  const { component, sign, check = sign } = expected;
  if (unanswered.includes(check)) return undefined;
  const isBlamed = failed.includes(check) &&
    blamed.some((one) => one.component === component && one.sign === sign) &&
    blamed.every((one) => one.component === component || one.component === "unattributed");
  return isBlamed ? undefined : said;
}

Deno.test("each fault of the Gateway API implementation fails each probe that it concerns, with its own cause", async () => {
  await inOwnFolder(async () => {
    const runs = await runMatrix(GATEWAY_MATRIX);
    assert.equal(runs.length, namesOf(GATEWAY_MATRIX).length * (GATEWAY_FAULT_SWITCHES.length + 1));
    assert.deepEqual(runs.map(complaint).filter((text) => text !== undefined), []);
  });
});

Deno.test("the matrix has every fault of the Gateway API implementation, and its page every row and column", () => {
  const names = GATEWAY_FAULT_SWITCHES.map((text) => text.split("=")[0]!);
  assert.deepEqual(names, GATEWAY_FAULTS.map(({ name }) => name));
  const page = Deno.readTextFileSync(
    fileURLToPath(new URL("../../docs/faults.md", import.meta.url)),
  );
  const [head, ...rows] = tablesIn(page)[1]!;
  assert.deepEqual(head, ["fault", ...namesOf(GATEWAY_MATRIX)]);
  assert.deepEqual(rows.map(([first]) => first), [
    "none",
    ...GATEWAY_FAULT_SWITCHES.map((text) => `\`${text}\``),
  ]);
});
