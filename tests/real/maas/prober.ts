/**
 * How does a user probe the real chain? With a command line that says where the gateway answers, in a
 * namespace that is there. Sees to it that every run has given back what it had.
 * @module
 */

import assert from "node:assert/strict";
import type { Report } from "../../../core/report/report.ts";
import { assertNothingLeft, eventually, objectsOf } from "../cluster_state.ts";
import { startCommand } from "../command_run.ts";
import type { MaasOfFile } from "./maas_of_file.ts";
import { INSTALLED_RATES, policyPath, type Tier, TIERS } from "./objects.ts";

export const ACCOUNTS = "/api/v1/serviceaccounts";
/** Checks after which a load is on for sure. */
const A_LOAD = 20;

export interface MaasProbe {
  readonly args: readonly string[];
  /** What is done to the chain while it runs. */
  readonly meanwhile?: ((runId: string) => Promise<void>) | undefined;
}

export interface MaasProbed {
  readonly code: number;
  readonly stderr: string;
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
  async probed(command: string, { args, meanwhile }: MaasProbe): Promise<MaasProbed> {
    const plane = this.#chain.plane();
    const runId = `${command}-${++this.#runs}`;
    const { address, port } = this.#chain.maas().state;
    await using run = startCommand(plane, [
      ...["maas", command, "--run-id", runId, "--namespace", Prober.NAMESPACE],
      ...["--address", `${address}:${port}`, "--protocol", "http", ...args],
    ]);
    const finished = run.finished();
    // Who ends too early would otherwise be waited for.
    if (meanwhile !== undefined) await Promise.race([finished, meanwhile(runId)]);
    const { code, stderr } = await finished;
    await assertNothingLeft(plane, { runId });
    const accounts = await objectsOf(plane, { runId, collection: ACCOUNTS });
    assert.deepEqual(accounts.map(({ metadata }) => metadata.name), [], `left by run ${runId}`);
    assert.deepEqual(await this.#rates(), INSTALLED_RATES, stderr);
    return { code, stderr, report: run.runDirectories.length === 0 ? undefined : run.report };
  }

  /** Waits until questions come in numbers. */
  async underLoad(): Promise<void> {
    const maas = this.#chain.maas();
    const before = maas.checks().length;
    await eventually("the load", () => maas.checks().length > before + A_LOAD);
  }

  async #rates() {
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
