/**
 * How does a user probe the real chain? With a command line that says where the gateway answers, in a
 * namespace that is there. Sees to it that every run has given back what it had.
 * @module
 */

import assert from "node:assert/strict";
import type { Report } from "../../../core/report/report.ts";
import { assertNothingLeft, eventually, objectsOf } from "../cluster_state.ts";
import { CommandRun } from "../command_run.ts";
import type { MaasOfFile } from "./maas_of_file.ts";
import { INSTALLED_RATES, policyPath, type Tier, TIERS } from "./objects.ts";

export const ACCOUNTS = "/api/v1/serviceaccounts";
/** Checks after which a load is on for sure. */
const A_LOAD = 20;

/** Who is accused in a stage, the generator of a busy machine left out. */
export function accusedIn({ stages }: Report, stage = stages.at(-1)!): (string | null)[] {
  return stage.causes.map(({ component }) => component).filter((one) => one !== "generator");
}

export interface MaasProbe {
  readonly args: readonly string[];
  /** Unless given that of an ordinary user who may do everything. */
  readonly kubeconfig?: string;
  /** Flags that lead to the gateway; unless given those that do. */
  readonly at?: readonly string[];
  /** What is done to the chain while it runs. */
  readonly meanwhile?: ((runId: string) => Promise<void>) | undefined;
}

export interface MaasProbed {
  readonly code: number;
  readonly stderr: string;
  readonly stdout: string;
  /** Undefined if it ended before there was one. */
  readonly report: Report | undefined;
}

export class Prober {
  /** For what belongs to no tier: without kcm no namespace goes away. */
  static readonly NAMESPACE = "probed";
  readonly #chain: MaasOfFile;
  #runs = 0;

  constructor(chain: MaasOfFile) {
    this.#chain = chain;
  }

  /** A probe to its end, whatever that is; it leaves no account, and the limits that it found. */
  async probed(command: string, probe: MaasProbe): Promise<MaasProbed> {
    const runId = `${command}-${++this.#runs}`;
    const { meanwhile } = probe;
    await using run = this.#start(command, { ...probe, runId });
    const finished = run.finished();
    // Who ends too early would otherwise be waited for.
    if (meanwhile !== undefined) await Promise.race([finished, meanwhile(runId)]);
    const { code, stderr, stdout } = await finished;
    await this.assertNothingLeft(runId, stderr);
    const report = run.runDirectories.length === 0 ? undefined : run.report;
    return { code, stderr, stdout, report };
  }

  /** A probe that is killed when its limits are raised and its users ask. @returns its run id */
  async killed(command: string, args: readonly string[]): Promise<string> {
    const runId = `${command}-${++this.#runs}`;
    await using run = this.#start(command, { args, runId });
    await this.underLoad();
    run.program.kill("SIGKILL");
    await run.finished();
    return runId;
  }

  /** Fails unless the run's objects are gone and limits as they were installed. */
  async assertNothingLeft(runId: string, told: string): Promise<void> {
    const plane = this.#chain.plane();
    await assertNothingLeft(plane, { runId });
    assert.deepEqual(await this.accountsOf(runId), [], `left by run ${runId}: ${told}`);
    assert.deepEqual(await this.rates(), INSTALLED_RATES, told);
  }

  /** Names of a run's users. */
  async accountsOf(runId: string): Promise<string[]> {
    const accounts = await objectsOf(this.#chain.plane(), { runId, collection: ACCOUNTS });
    return accounts.map(({ metadata }) => metadata.name);
  }

  #start(
    command: string,
    { args, kubeconfig = this.#chain.plane().kubeconfig("load"), at, runId }: MaasProbe & {
      runId: string;
    },
  ): CommandRun {
    const { address, port } = this.#chain.maas().state;
    const here = ["--address", `${address}:${port}`, "--protocol", "http"];
    return new CommandRun([
      ...["maas", command, "--run-id", runId, "--namespace", Prober.NAMESPACE],
      ...at ?? here,
      ...args,
    ], { kubeconfig });
  }

  /** Waits until questions come in numbers. */
  async underLoad(): Promise<void> {
    const maas = this.#chain.maas();
    const before = maas.checks().length;
    await eventually("the load", () => maas.checks().length > before + A_LOAD);
  }

  /** The first rate of each limit, as it is now. */
  async rates() {
    const of = async (counts: "requests" | "tokens", nameOf: (tier: Tier) => string) => {
      const { spec: { limits } } = await this.#chain.plane().admin<Policy>(policyPath(counts));
      return Object.fromEntries(TIERS.map((tier) => [tier, limits[nameOf(tier)]?.rates[0]?.limit]));
    };
    return {
      requests: await of("requests", (tier) => tier),
      tokens: await of("tokens", (tier) => `${tier}-user-tokens`),
    };
  }
}

interface Policy {
  readonly spec: {
    readonly limits: Readonly<
      Record<string, { readonly rates: readonly { readonly limit: number }[] }>
    >;
  };
}
