/**
 * A run whose load several generators put on: the same plan, with an instrument that leads them instead
 * of measuring itself. All else about the run is as it always is.
 * @module
 */

import { UsageError } from "../../errors.ts";
import { given } from "../../given.ts";
import type { GeneratorHost } from "../../generators/host.ts";
import type { Ladder } from "../../ladder/ladder.ts";
import type { Say } from "../../say.ts";
import { climb } from "../ladder.ts";
import type { Run, RunOptions } from "../run.ts";
import { type Groundwork, isStaged, type RunPlan } from "../run_plan.ts";
import type { Steering } from "../steering.ts";
import { Lead } from "./lead.ts";

/** What of a run is otherwise with generators. */
interface Coordinated {
  readonly plan: RunPlan;
  readonly runOptions: Pick<RunOptions, "untilDue" | "hasGenerators">;
  /** Has the generators follow all changes of their load. */
  readonly follow: (steering: Pick<Steering, "onChange">) => void;
}

interface CoordinateOptions {
  readonly host: GeneratorHost;
  readonly readyTimeoutMs: number;
}

/** @throws {UsageError} for more than one generator of a load that cannot be divided */
export function coordinated(plan: RunPlan, options: CoordinateOptions): Coordinated {
  const { kind, count } = options.host.place;
  if (count > 1 && plan.isDivisible !== true) {
    throw new UsageError(
      `--${kind} ${count}: this load is one piece, which no two ${kind} can share; use --${kind} 1`,
    );
  }
  let lead: Lead | undefined;
  return {
    plan: {
      ...plan,
      instrument: async (run, say) => {
        const takesStages = isStaged(plan) && plan.ladder === undefined;
        lead = new Lead(run, { ...options, takesStages, say });
        await conductGenerators(lead, { run, say, plan, host: options.host });
      },
    },
    runOptions: { hasGenerators: true, untilDue: async () => await lead?.begin() },
    follow: (steering) => steering.onChange((change) => lead?.change(change)),
  };
}

interface Conducting {
  readonly run: Run;
  readonly say: Say;
  readonly plan: RunPlan;
  readonly host: GeneratorHost;
}

/** From what they share to the last one's end. */
async function conductGenerators(lead: Lead, conducting: Conducting): Promise<void> {
  const { run, say, plan, host } = conducting;
  const groundwork = await plan.groundwork?.(run, say);
  await using closing = new AsyncDisposableStack();
  closing.defer(async () => await groundwork?.[Symbol.asyncDispose]?.());
  // Before what they share goes, and with as much time as that.
  run.defer("ending generators", (signal) => host.close(signal), given({ byHand: host.byHand }));
  closing.use(await lead.start());
  if (plan.ladder === undefined) await run.begin();
  else await climbTogether(lead, { ...conducting, groundwork, ladder: plan.ladder });
  await lead.over();
}

async function climbTogether(
  lead: Lead,
  { run, groundwork, ladder }: Conducting & {
    readonly groundwork: Groundwork | undefined;
    readonly ladder: Ladder;
  },
): Promise<void> {
  const climbing = await lead.climbing();
  if (climbing === undefined || run.stopping.aborted) return;
  const { isRate, mayEndEarly } = climbing;
  const { beside = (_stage, work) => work() }: Groundwork = groundwork ?? {};
  await climb(run, {
    ladder,
    isRate,
    mayEndEarly,
    ...given({ tidyUp: groundwork?.tidyUp }),
    rung: (stage, level) =>
      beside(stage, async () => {
        const order = await lead.order({ type: "rung", level, name: stage.name });
        await stage.begin();
        await lead.rungDone(order);
      }),
  });
  await groundwork?.end?.();
  await lead.order({ type: "rung", level: null, name: "" });
}
