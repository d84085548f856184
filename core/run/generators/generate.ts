/**
 * The life of a generator: it gets ready and puts its share of a load on as any run does, but what it
 * measures and says goes to its coordinator. No directory, no report, no verdict.
 * @module
 */

import { asError, messageOf } from "../../errors.ts";
import { EXIT_CODE, type ExitCode } from "../../exit_code.ts";
import type { Coordinator } from "../../generators/coordinator.ts";
import { given } from "../../given.ts";
import type { Clock } from "../../load/clock.ts";
import { createRng } from "../../load/rng.ts";
import { Ticker } from "../../load/ticker.ts";
import { loadStages } from "../../measure/stage.ts";
import { CLEANUP_TIMEOUT_MS, type RunInvocation } from "../../command/run_flags.ts";
import { checkRunId } from "../../command/run_id.ts";
import { putLoadOn } from "../put_load_on.ts";
import { cleanUp } from "../finish.ts";
import { Run } from "../run.ts";
import { isStaged, type RunPlan } from "../run_plan.ts";
import { RunSteering } from "../run_steering.ts";
import { StopSignals } from "../stop_signals.ts";
import { OrderFollower } from "./order_follower.ts";

const ALIVE_PERIOD_MS = 5_000;

interface Generating {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
}

/** Tells all of it; the exit code says whether it ended as it was to. */
export async function generate(
  invocation: RunInvocation,
  plan: RunPlan,
  { coordinator, clock }: Generating,
): Promise<ExitCode> {
  const { values, io } = invocation;
  const follower = new OrderFollower(coordinator, clock);
  const say = (line: string) => coordinator.tell({ type: "said", line });
  const run = new Run({
    id: checkRunId(values["run-id"] ?? ""),
    clock,
    rng: createRng(values.seed),
    share: coordinator.share,
    stages: isStaged(plan) ? [] : loadStages(values.warmup, plan.targetRatePerSec),
    standIns: invocation.standIns,
    untilDue: follower.untilDue,
    rungs: follower,
    isOnGroundwork: plan.groundwork !== undefined,
    log: (...records) => coordinator.tell({ type: "records", records }),
  });
  run.declare(plan.measures?.counters ?? []);
  await using _alive = new Ticker(() => coordinator.tell({ type: "alive" }), {
    clock,
    periodMs: ALIVE_PERIOD_MS,
    atEnd: false,
  });
  using signals = new StopSignals(run, { io, say });
  // The coordinator says what is changed, and notes it down.
  const unsaid = { line: () => "", say: () => {} };
  const steering = new RunSteering(run, { command: invocation.command, plan, ...unsaid });
  using following = new DisposableStack();
  following.defer(follower.follow(run, steering));
  const failure = await putLoadOn(run, { invocation, plan, say });
  if (run.hasBegun) run.rotate();
  await cleanUp(run, {
    timeoutMs: values["cleanup-timeout"] ?? CLEANUP_TIMEOUT_MS,
    cutting: signals.cleaning(),
    sayProgress: say,
  });
  if (run.hasBegun) run.rotate();
  coordinator.tell({
    type: "over",
    ...given({ end: run.hasBegun ? run.end : undefined, error: told(failure) }),
  });
  return failure === undefined ? EXIT_CODE.pass : EXIT_CODE.couldNotRun;
}

function told(failure: unknown): { name: string; message: string } | undefined {
  if (failure === undefined) return undefined;
  return { name: asError(failure).name, message: messageOf(failure) };
}
