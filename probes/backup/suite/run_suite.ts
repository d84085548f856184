/**
 * One use of a suite: all tests are looked at before the first one runs, each has its run and its
 * files, and what they came to so far stands in the summary whenever it ends.
 * @module
 */

import { type Invocation, type Io, withFlags } from "../../../core/command/command.ts";
import type { SignalInbox } from "../../../core/command/signal_inbox.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../../../core/exit_code.ts";
import { type Clock, SystemClock } from "../../../core/load/clock.ts";
import { Deadline } from "../../../core/load/deadline.ts";
import { columns, formatTable } from "../../../core/report/table.ts";
import { printable } from "../../../core/say.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ClusterNeeds, KubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { joinedNeeds } from "../../../kube/series/joined_needs.ts";
import { needsOfTurn, takeTurn, type TurnOutcome, worstOf } from "../../../kube/series/turn.ts";
import { SUITE_FLAGS } from "./command.ts";
import { operatorNamespaceOf, restartOperatorOf, restartRights } from "./restart_operator.ts";
import { SuiteFiles } from "./suite_files.ts";
import { SuiteSignals } from "./suite_signals.ts";
import { type SuiteTurn, suiteTurn, withChosen } from "./suite_turn.ts";
import { keepTestFiles, reportOfTest } from "./test_files.ts";
import { defaultPlan, readTestPlan, type TestPlan } from "./test_plan.ts";
import { type TestResult, testStatus } from "./test_status.ts";

const TEST_TIMEOUT_MS = 14_400_000;
const BACKUP_TEST_TIMEOUT_MS = 18_000_000;

/** The system's and the cluster's own unless a test has others. */
interface SuiteTools {
  readonly clock?: Clock;
  readonly restart?: typeof restartOperatorOf;
}

/** @throws {UsageError | CannotRunError} before anything runs, if one of the tests can make no run */
export async function runSuite(
  invocation: Invocation,
  command: KubernetesCommand,
  { clock = new SystemClock(), restart = restartOperatorOf }: SuiteTools = {},
): Promise<ExitCode> {
  const { io } = invocation;
  const plan = planOf(invocation);
  const turns = await turnsOf(plan, { invocation, command, clock });
  for (const turn of turns) await needsOfTurn(turn);
  for (const note of [...plan.notes, ...idleVariables(io)]) {
    io.stderr(`WARNING: ${printable(note)}\n`);
  }
  return isDryRun(invocation)
    ? await showTests(turns, invocation)
    : await new Suite(turns, { invocation, clock, restart }).run();
}

/** Of all tests that would run. @throws {UsageError | CannotRunError} as one of them does */
export async function needsOfSuite(
  invocation: Invocation,
  command: KubernetesCommand,
): Promise<ClusterNeeds> {
  const clock = new SystemClock();
  const turns = await turnsOf(planOf(invocation), { invocation, command, clock });
  const needs = joinedNeeds(await Promise.all(turns.map(needsOfTurn)));
  if (!withFlags(invocation, SUITE_FLAGS).values["restart-operator"]) return needs;
  const namespaces = new Set(turns.map((turn) => operatorNamespaceOf(turn.invocation)));
  return { ...needs, rights: [...needs.rights, ...[...namespaces].flatMap(restartRights)] };
}

function planOf({ positionals: [path] }: Invocation): TestPlan {
  return path === undefined ? defaultPlan() : readTestPlan(path);
}

async function turnsOf(
  { tests }: TestPlan,
  { invocation, command, clock }: {
    invocation: Invocation;
    command: KubernetesCommand;
    clock: Clock;
  },
): Promise<SuiteTurn[]> {
  const now = clock.wallNow();
  const turns: SuiteTurn[] = [];
  for (const test of tests) turns.push(await suiteTurn(test, { invocation, command, now }));
  return turns;
}

/** Variables of the scripts that mean nothing here, and why. */
const IDLE_VARIABLES: Readonly<Record<string, string>> = {
  SKIP_CLEANUP: "each test removes what it made, and nothing else",
  POLL_INTERVAL: "nothing is polled",
  PROVISION_PVS: "volumes are the cluster's business",
};

function idleVariables({ env }: Io): string[] {
  return Object.entries(IDLE_VARIABLES).filter(([name]) => (env(name) ?? "") !== "")
    .map(([name, why]) => `${name} has no effect: ${why}`);
}

function isDryRun({ values }: Invocation): boolean {
  return (values as { readonly "dry-run"?: boolean })["dry-run"] === true;
}

async function showTests(turns: readonly SuiteTurn[], invocation: Invocation): Promise<ExitCode> {
  const { io, values } = withFlags(invocation, SUITE_FLAGS);
  for (const [index, turn] of turns.entries()) {
    const title = `${index === 0 ? "" : "\n"}test ${printable(turn.name)}\n`;
    if (values.output === "text") io.stdout(title);
    await turn.command.run(turn.invocation);
  }
  return EXIT_CODE.pass;
}

function hasBackups({ invocation }: SuiteTurn): boolean {
  const values = invocation.values as { readonly "run-backup-test-hook"?: boolean };
  return values["run-backup-test-hook"] === true;
}

/** Before it has connected, a run has nothing to undo, and claims no signal. */
async function endedUnclaimed(inbox: SignalInbox): Promise<TurnOutcome> {
  return { exitCode: EXIT_CODE_OF_SIGNAL[await inbox.unclaimed] };
}

/** The tests under way. */
class Suite {
  readonly #turns: readonly SuiteTurn[];
  readonly #invocation: Invocation<typeof SUITE_FLAGS>;
  readonly #clock: Clock;
  readonly #restart: typeof restartOperatorOf;
  readonly #files: SuiteFiles;
  readonly #testTimeoutMs: number;
  readonly #results: TestResult[] = [];

  /** @throws {CannotRunError} if there is no place for its results */
  constructor(
    turns: readonly SuiteTurn[],
    { invocation, clock, restart }: Required<SuiteTools> & { readonly invocation: Invocation },
  ) {
    this.#turns = turns;
    this.#restart = restart;
    this.#invocation = withFlags(invocation, SUITE_FLAGS);
    this.#clock = clock;
    const { values, io } = this.#invocation;
    const isBackupPlan = turns.some(hasBackups);
    this.#testTimeoutMs = values["test-timeout"] ??
      (isBackupPlan ? BACKUP_TEST_TIMEOUT_MS : TEST_TIMEOUT_MS);
    this.#files = SuiteFiles.create(values["output-dir"], {
      now: clock.wallNow(),
      hasBackups: isBackupPlan,
      say: (line) => io.stderr(`${printable(line)}\n`),
    });
  }

  async run(): Promise<ExitCode> {
    using signals = new SuiteSignals(this.#invocation.io);
    for (const [index, turn] of this.#turns.entries()) {
      if (signals.first !== undefined) break;
      this.#say(`test ${index + 1} of ${this.#turns.length}: ${turn.name}`);
      const result = await this.#test(turn, signals);
      this.#results.push(result);
      this.#files.writeSummary(this.#results);
      this.#say(`${turn.name}: ${result.status} after ${formatDuration(result.durationMs)}`);
    }
    return this.#end(signals);
  }

  async #test(turn: SuiteTurn, signals: SuiteSignals): Promise<TestResult> {
    const { name } = turn;
    const startMs = this.#clock.now();
    const out = this.#files.runDirectory(name);
    let isOverdue = false;
    using _deadline = new Deadline(this.#clock, {
      limitMs: this.#testTimeoutMs,
      onOver: () => {
        isOverdue = true;
        this.#say(`${name}: stopped after ${formatDuration(this.#testTimeoutMs)} (--test-timeout)`);
        signals.send("SIGTERM");
      },
    });
    const inbox = signals.nextRun();
    const io = this.#ioOf(name, inbox);
    const { invocation } = withChosen(turn, { out });
    const taken = takeTurn({
      ...turn,
      command: this.#restartingFirst(turn.command, signals),
      invocation: { ...invocation, io },
    });
    const { exitCode, why = "" } = await Promise.race([taken, endedUnclaimed(inbox)]);
    if (why !== "") io.stderr(`${name}: ${printable(why)}\n`);
    const report = reportOfTest(out);
    keepTestFiles(this.#files, { turn, out, report });
    const isCut = isOverdue && signals.first === undefined;
    return {
      name,
      ...testStatus(exitCode, { report, isOverdue: isCut }),
      durationMs: this.#clock.now() - startMs,
    };
  }

  /** As it is, or with a fresh operator. */
  #restartingFirst(command: KubernetesCommand, signals: SuiteSignals): KubernetesCommand {
    if (!this.#invocation.values["restart-operator"]) return command;
    return {
      ...command,
      run: async (invocation) => {
        try {
          this.#say("restarting the operator (--restart-operator)");
          await this.#restart(invocation, { signal: signals.stopping });
        } catch (thrown) {
          if (signals.first === undefined) throw thrown;
          return EXIT_CODE_OF_SIGNAL[signals.first];
        }
        return await command.run(invocation);
      },
    };
  }

  /** What a run writes stands in the test's log as well; the line that is repainted alone does not. */
  #ioOf(name: string, inbox: SignalInbox): Io {
    const { io } = this.#invocation;
    const files = this.#files;
    return {
      ...io,
      stdout(text) {
        files.logTest(name, text);
        io.stdout(text);
      },
      stderr(text) {
        files.logTest(name, text);
        io.stderr(text);
      },
      onStopSignal: (listener) => inbox.subscribe(listener),
    };
  }

  #end({ first }: SuiteSignals): ExitCode {
    const ended = new Set(this.#results.map(({ name }) => name));
    const rest = this.#turns.filter(({ name }) => !ended.has(name)).map(({ name }): TestResult => ({
      name,
      status: "NOT_RUN",
      exitCode: undefined,
      durationMs: 0,
    }));
    const all = [...this.#results, ...rest];
    this.#files.writeSummary(all);
    const { io, values } = this.#invocation;
    if (values.output === "text") io.stdout(`\n${this.#textOf(all)}`);
    this.#say(`results: ${this.#files.path}`);
    if (first !== undefined) return EXIT_CODE_OF_SIGNAL[first];
    return worstOf(this.#results.map(({ exitCode }) => ({ exitCode: exitCode! })));
  }

  #textOf(results: readonly TestResult[]): string {
    const rows = results.map(({ name, status, durationMs, exitCode }) => [
      name,
      status,
      exitCode === undefined ? "" : String(exitCode),
      exitCode === undefined ? "" : formatDuration(durationMs),
      exitCode === undefined || status === "COULD_NOT_RUN" ? "" : this.#files.runDirectory(name),
    ]);
    const titles = columns("TEST", "STATUS", ">EXIT", ">DURATION", "RUN_DIRECTORY");
    return formatTable(titles, rows).join("\n") + "\n";
  }

  #say(line: string): void {
    this.#files.log(line, this.#clock.wallNow());
    if (!this.#invocation.values.quiet) this.#invocation.io.stderr(`${printable(line)}\n`);
  }
}
