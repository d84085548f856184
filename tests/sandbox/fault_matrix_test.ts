import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Verdict } from "../../core/judge/finding.ts";
import type { FailureReason } from "../../core/measure/sample.ts";
import { FAULTS } from "../../sandbox/faults/mod.ts";
import {
  type CommandName,
  FAULT_SWITCHES,
  type FaultSwitch,
  KUBERNETES_MATRIX,
  type MatrixRun,
  namesOf,
  runMatrix,
  runWithFaults,
} from "./fault_matrix.ts";
import { cellOf, checkOf, isUnanswered, tablesIn } from "./fault_matrix_text.ts";
import { inOwnFolder } from "./in_own_folder.ts";

const COMMAND_NAMES = namesOf(KUBERNETES_MATRIX);

/** What has to lead to the verdict: a check, and of an operation's failures the reason. */
interface Expected {
  readonly verdict: Verdict;
  readonly check?: string;
  readonly reason?: FailureReason;
}

const PASS: Expected = { verdict: "pass" };
function fails(check: string, reason?: FailureReason): Expected {
  return { verdict: "fail", check, ...(reason === undefined ? {} : { reason }) };
}
/** A logger whose watch never opens sees nothing: no figure, and so no pass. */
const SEES_NOTHING: Expected = { verdict: "inconclusive", check: "rows.total" };

/** Commands of which a fault asks the same. */
interface Row {
  /** cmdriver and flunder-driver, with a logger of their own. */
  readonly drivers: Expected;
  readonly cmdriverclosed: Expected;
  /** cm-logger and flunder-logger. */
  readonly loggers: Expected;
  readonly "flunder-watch": Expected;
}

function refused(reason: FailureReason, loggers: Expected): Row {
  const drivers = fails("create.failed.count", reason);
  const watch = fails("watch.failed.count", reason);
  return { drivers, cmdriverclosed: drivers, loggers, "flunder-watch": watch };
}

/** A watch that is refused for good is followed by a list, and the lists are too few to see all. */
const LISTS_ONLY = fails("creates.rate");

function written(drivers: Expected, cmdriverclosed = drivers): Row {
  return { drivers, cmdriverclosed, loggers: PASS, "flunder-watch": PASS };
}

function watched(drivers: Expected, loggers: Expected, flunderWatch: Expected): Row {
  return { drivers, cmdriverclosed: PASS, loggers, "flunder-watch": flunderWatch };
}

const EXPECTED: Readonly<Record<FaultSwitch, Row>> = {
  "latency=1500ms": {
    drivers: fails("create.response.max"),
    cmdriverclosed: fails("create.response.max"),
    loggers: fails("createLatency.max"),
    "flunder-watch": fails("watch.response.max"),
  },
  "429": refused("too-many-requests", SEES_NOTHING),
  "5xx": refused("internal-error", LISTS_ONLY),
  "expired-token": refused("unauthorized", LISTS_ONLY),
  "forbidden": refused("forbidden", LISTS_ONLY),
  "reset": refused("stream-reset", SEES_NOTHING),
  "no-answer": {
    ...refused("timeout", SEES_NOTHING),
    // A watch has no longest time: it is never over, and nothing comes of it.
    "flunder-watch": { verdict: "inconclusive", check: "events.total" },
  },
  "truncated": written(fails("create.failed.count", "stream-reset")),
  "quota=10": written(fails("create.failed.count", "forbidden")),
  "lost-write": written(
    fails("delete.failed.count", "not-found"),
    fails("update.failed.count", "not-found"),
  ),
  "stalled-watch=500ms": watched(
    fails("creates.total"),
    fails("creates.rate"),
    fails("events.rate"),
  ),
  "dropped-event": watched(fails("creates.total"), fails("creates.rate"), fails("events.rate")),
  "duplicate-event=1": watched(
    fails("notifications.total"),
    fails("notifications.rate"),
    fails("events.rate"),
  ),
  "late-event=1500ms": watched(
    fails("createLatency.max"),
    fails("createLatency.max"),
    fails("events.rate"),
  ),
  "early-watch-close=300ms": watched(
    fails("watches.total"),
    fails("watches.total"),
    fails("watch.ok.count"),
  ),
  "gone=300ms": watched(
    fails("watches.total"),
    fails("watches.total"),
    fails("watch.ok.count"),
  ),
};

function expected(command: CommandName, fault: FaultSwitch | undefined): Expected {
  if (fault === undefined) return PASS;
  const row = EXPECTED[fault];
  if (command === "cmdriverclosed" || command === "flunder-watch") return row[command];
  return command.endsWith("-logger") ? row.loggers : row.drivers;
}

/**
 * What is wrong with what a run said; undefined if nothing. A machine that is too busy to measure may
 * leave a check without an answer for its own sake, and never with a wrong one.
 */
function complaint(run: MatrixRun<CommandName, FaultSwitch>): string | undefined {
  const { verdict, check, reason } = expected(run.command, run.fault);
  const { findings } = run.report;
  const cell = cellOf(run);
  const isCause = cell.verdict === verdict &&
    (check === undefined || cell.checks.includes(check)) &&
    (reason === undefined || cell.reasons.includes(reason));
  const unanswered = findings.filter(isUnanswered).map(checkOf);
  // What a sandbox that was late did not do in time, it did all at once: no rate of that is one.
  const isLate = run.report.warnings.some(({ code }) => code === "sandbox-late");
  const isOpen = (one: string) => unanswered.includes(one) || (isLate && one.endsWith(".rate"));
  const isUndecided = check === undefined
    ? (isLate || cell.verdict !== "fail") && cell.checks.every(isOpen)
    : isOpen(check);
  if (isCause || isUndecided) return undefined;
  const said = [cell.verdict, ...cell.checks, ...cell.reasons].join(" ");
  return `${run.command} ${run.fault ?? "without fault"}: expected ` +
    `${[verdict, check, reason].filter(Boolean).join(" ")}, but it said ${said}`;
}

Deno.test("each fault turns each command's verdict for its own reason, and no fault leaves a pass", async () => {
  await inOwnFolder(async () => {
    const runs = await runMatrix(KUBERNETES_MATRIX);
    assert.equal(runs.length, COMMAND_NAMES.length * (FAULT_SWITCHES.length + 1));
    assert.deepEqual(runs.map(complaint).filter((text) => text !== undefined), []);
  });
});

Deno.test("events that a watch leaves out are lost events of flunder-watch", async () => {
  await inOwnFolder(async () => {
    const faults = ["dropped-event=0.2", "early-watch-close=1s"];
    const { report } = await runWithFaults(KUBERNETES_MATRIX, "flunder-watch", faults);
    const finding = report.findings.find(({ subject }) => subject.startsWith("no event lost"));
    assert.equal(finding?.verdict, "fail");
  });
});

Deno.test("the matrix has every fault, and its page has every row and column", () => {
  const names = FAULT_SWITCHES.map((text) => text.split("=")[0]!);
  assert.deepEqual(names.toSorted(), FAULTS.map(({ name }) => name).toSorted());
  const page = Deno.readTextFileSync(
    fileURLToPath(new URL("../../docs/faults.md", import.meta.url)),
  );
  const [head, ...rows] = tablesIn(page)[0]!;
  assert.deepEqual(head, ["fault", ...COMMAND_NAMES]);
  assert.deepEqual(rows.map(([first]) => first), [
    "none",
    ...FAULT_SWITCHES.map((text) => `\`${text}\``),
  ]);
});
