/** One run whose load several generators put on, all of it on one clock that only the test moves. @module */

import { CLEANUP_FLAGS, RUN_FLAGS } from "../../../../core/command/run_flags.ts";
import { GENERATOR_FLAGS } from "../../../../core/command/generator_flags.ts";
import { type GivenTexts, resolveSettings } from "../../../../core/command/settings.ts";
import type { Io } from "../../../../core/command/command.ts";
import type { Coordinator } from "../../../../core/generators/coordinator.ts";
import type { ClockOffset, GeneratorLine } from "../../../../core/generators/line.ts";
import { constant } from "../../../../core/load/arrival.ts";
import { execute } from "../../../../core/load/executor.ts";
import { conduct } from "../../../../core/run/conduct.ts";
import type { RunPlan } from "../../../../core/run/run_plan.ts";
import type { LoadScope } from "../../../../core/run/run_stage.ts";
// Loaded when they are used: that takes time which a test's clock knows nothing of.
import "../../../../core/run/generators/coordinate.ts";
import "../../../../core/run/generators/generate.ts";
import { recordingIo } from "../../../support/recording_io.ts";
import { Conducted } from "../conducted.ts";
import { MemoryHost } from "./memory_host.ts";

interface DividedOptions {
  readonly count: number;
  /** Beside the run's id and seed. */
  readonly flags?: GivenTexts;
  /** Of one generator alone. */
  readonly planOf?: (index: number, plan: Partial<RunPlan>) => Partial<RunPlan>;
  readonly carry?: (line: GeneratorLine, arrive: (line: GeneratorLine) => void) => void;
  readonly clockOf?: (index: number) => ClockOffset;
  readonly silenceMs?: number;
}

const IDENTITY = { "run-id": ["divided"], seed: ["7"] };

/** The coordinator's run, and where its generators are. */
export class Divided extends Conducted {
  readonly host: MemoryHost;

  constructor(plan: Partial<RunPlan>, options: DividedOptions) {
    const { count, flags = {}, planOf = (_, one) => one, ...hosting } = options;
    const given = { ...IDENTITY, ...flags };
    const own = { isDivisible: true, ...plan };
    let host: MemoryHost | undefined;
    super(own, given, {
      generators: (clock) =>
        host = new MemoryHost({
          count,
          ...hosting,
          live: ({ share, coordinator }) =>
            conduct(
              {
                command: "driver",
                ...settings(given),
                positionals: [],
                io: { ...recordingIo().io, onStopSignal: hungUpBy(coordinator) },
                coordinator,
              },
              { ...PLAN, ...planOf(share.index, own) },
              { clock },
            ).catch((error) => {
              coordinator.tell({
                type: "over",
                error: { name: error.name, message: error.message },
              });
              return 1;
            }),
        }),
    });
    this.host = host!;
  }

  /** Lets time pass until it is over. */
  async ends(): Promise<number> {
    for (let ms = 0; ms < 3_600_000 && !this.isOver; ms += 1_000) await this.clock.advance(1_000);
    return await this.exitCode;
  }

  /** A generator that the coordinator has given up takes a moment to end. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.clock.advance(20_000);
    await super[Symbol.asyncDispose]();
  }
}

const PLAN: RunPlan = {
  target: "https://127.0.0.1:6443",
  model: "open",
  targetRatePerSec: null,
  defaultThresholds: ["request.failed.count <= 0"],
  mainOperation: "request",
  instrument: openLoad(10),
};

/** A generator without a coordinator is told to end as one whose terminal is gone. */
function hungUpBy({ gone }: Coordinator): Io["onStopSignal"] {
  return (listener) => {
    const tell = () => listener("SIGHUP");
    gone.addEventListener("abort", tell);
    return () => gone.removeEventListener("abort", tell);
  };
}

function settings(flags: GivenTexts) {
  return resolveSettings({ ...CLEANUP_FLAGS, ...GENERATOR_FLAGS, ...RUN_FLAGS }, {
    command: "driver",
    flags,
    env: () => undefined,
  });
}

/** Requests at this rate, each of which takes so long, by its number in the whole load. */
export function openLoad(
  ratePerSec: number,
  { takesMs = () => 5, seen = () => {}, maxIterations = Infinity }: {
    readonly takesMs?: (index: number) => number;
    readonly seen?: (index: number, dueMs: number) => void;
    readonly maxIterations?: number;
  } = {},
): RunPlan["instrument"] {
  return async (run) => {
    await run.begin();
    await put(run);
  };
  async function put(scope: LoadScope): Promise<void> {
    await execute(scope, {
      maxIterations,
      workload: {
        name: "request",
        firstOp: "request",
        iterate: (iteration) => {
          seen(iteration.index, iteration.dueMs - scope.startMs);
          return iteration.timed(async () => {
            const doneMs = scope.clock.now() + takesMs(iteration.index);
            await scope.clock.sleepUntil(doneMs, iteration.aborted);
            iteration.aborted.throwIfAborted();
          }, { op: "request" });
        },
      },
      model: {
        kind: "open",
        arrivals: constant(ratePerSec),
        maxInFlight: Infinity,
        whenFull: "queue",
        catchUp: "burst",
      },
    });
  }
}
