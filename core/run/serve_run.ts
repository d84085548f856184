/**
 * What a run shows of itself at `--metrics-addr` while it goes: `/metrics`, profiles, and the live page.
 * @module
 */

import { startDiagnostics } from "../diagnostics/diagnostics.ts";
import type { Clock } from "../load/clock.ts";
import { parseAddress } from "../net/address.ts";
import { newToken } from "../net/bearer_token.ts";
import { joinPages, renderPrometheus } from "../report/prometheus.ts";
import type { RunReporter } from "../report/run_reporter.ts";
import { SoFar } from "../report/so_far.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { Say } from "../say.ts";
import { VERSION } from "../version.ts";
import type { RunInvocation } from "../command/run_flags.ts";
import { lastSecondOf } from "./last_second.ts";
import { LivePage } from "./live/live_page.ts";
import type { Moment } from "./live/moment.ts";
import type { LiveJudge } from "./live_judge.ts";
import { commandLineOf } from "./make_manifest.ts";
import type { Run } from "./run.ts";
import type { RunPlan } from "./run_plan.ts";
import type { RunStatus, Steering } from "./steering.ts";

interface ServedRun {
  readonly invocation: RunInvocation;
  readonly plan: RunPlan;
  readonly manifest: Manifest;
  readonly reporter: RunReporter;
  readonly live: LiveJudge;
  readonly steering: Steering;
  /** What passes for who connects to this process. */
  readonly clock: Clock;
  readonly say: Say;
}

/** See the module. Serves nothing unless it is asked for. */
export class RunServer implements AsyncDisposable {
  readonly #run: Run;
  readonly #served: ServedRun;
  readonly #closing = new AsyncDisposableStack();
  #page: LivePage | undefined;

  constructor(run: Run, served: ServedRun) {
    this.#run = run;
    this.#served = served;
  }

  /** @throws {CannotRunError} if the address cannot be listened on */
  async open(): Promise<void> {
    const { invocation, plan, manifest, clock, steering, say } = this.#served;
    const { "metrics-addr": address, "live-token": given } = invocation.values;
    if (address === undefined) return;
    const run = this.#run;
    const token = given ?? newToken();
    const { hostname } = parseAddress(address);
    const look = lookerOf(run, this.#served);
    const page = new LivePage({ clock, token, hostname, steering, look });
    const info = { command: manifest.command, runId: run.id, version: VERSION };
    const { url } = this.#closing.use(
      await startDiagnostics({
        address,
        metrics: () => joinPages(renderPrometheus(run.liveParts, info), plan.metrics?.(run) ?? ""),
        commandLine: commandLineOf(invocation),
        clock,
        others: (request, peer) => page.answer(request, peer),
        onInterrupted: (message) => run.warn("metrics-interrupted", message),
      }),
    );
    this.#follow(page);
    say(`metrics and profiles at ${url}`);
    // One that was given is known to whoever gave it, and a log is no place for it.
    say(`live page at ${url}/${given === undefined ? `#token=${token}` : ""}`);
  }

  /** All is reported: the page shows what it came to, and stays as it is. */
  async end(): Promise<void> {
    await this.#page?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.#closing.disposeAsync();
  }

  /** Tells the page whenever there may be something to look at. */
  #follow(page: LivePage): void {
    const { reporter } = this.#served;
    this.#page = page;
    this.#closing.defer(reporter.onLog(() => page.changed()));
    this.#run.stopping.addEventListener("abort", () => page.changed(), { once: true });
  }
}

/** Looks at the run from where its report is made and its live line is. */
function lookerOf(
  run: Run,
  { invocation, plan, reporter, live, steering }: ServedRun,
): () => Moment {
  const soFar = new SoFar(reporter.figures);
  const { duration } = invocation.values;
  return () => {
    const { report, figures: { stretches } } = reporter;
    const status = statusOf(steering, report !== undefined);
    const load = { op: plan.mainOperation, targetRatePerSec: status.targetRatePerSec };
    const pausedMs = run.elapsedMs - run.runningMs;
    return {
      status,
      report: report ?? soFar.report(live.standings),
      stretchMs: stretches.stretchMs,
      stretches: stretches.stretches(),
      lastSecond: lastSecondOf(run, load),
      wholeMs: duration === undefined ? null : duration + run.warmUpMs + pausedMs,
      stage: run.isStaged ? run.stageAt()?.name ?? "between stages" : null,
    };
  };
}

/** Over is what is reported; until then it cleans up. */
function statusOf(steering: Pick<Steering, "status">, isReported: boolean): RunStatus {
  const status = steering.status();
  if (isReported) return { ...status, state: "over" };
  return status.state === "over" ? { ...status, state: "stopping" } : status;
}
