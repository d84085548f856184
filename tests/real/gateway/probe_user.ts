/**
 * How does a user probe a real gateway? With a command line that names it and says where it answers, in
 * namespaces that are there. Looks at what every probe has to tell, and whether it has left something.
 * @module
 */

import assert from "node:assert/strict";
import type { Report } from "../../../core/report/report.ts";
import { assertNothingLeft } from "../cluster_state.ts";
import { type CommandRun, startCommand } from "../command_run.ts";
import type { GatewaysOfFile } from "./gateways_of_file.ts";
import type { GatewayName } from "./kind.ts";

/** A run that came to a verdict: passed, failed, or on a machine that was too busy. */
const VERDICTS = [0, 3, 4];

export interface Probing {
  readonly on: readonly GatewayName[];
  readonly args: readonly string[];
  /** What is done to the cluster while the probe runs. */
  readonly meanwhile?: (run: CommandRun) => Promise<void>;
}

export class ProbeUser {
  /** For its routes, and for what is simulated behind them: without kcm no namespace goes away. */
  static readonly NAMESPACES = ["probed", "probed-sim"] as const;
  readonly #gateways: GatewaysOfFile;

  constructor(gateways: GatewaysOfFile) {
    this.#gateways = gateways;
  }

  /** As probes name it. */
  tagOf(name: GatewayName): string {
    const { namespace, gateway } = this.#gateways.gateway(name).state;
    return `${namespace}/${gateway}`;
  }

  /** Flags that name Gateways, and where they answer: Contour's is at another port than its listener. */
  at(...names: readonly GatewayName[]): string[] {
    const addresses = names.map((name) => {
      const { address, port } = this.#gateways.gateway(name).state;
      return `${this.tagOf(name)}=${address}:${port}`;
    });
    const tags = names.map((name) => this.tagOf(name));
    return ["--gateways", tags.join(), "--address", addresses.join()];
  }

  /** For `--backend`. */
  backendOf(name: GatewayName): string {
    const { namespace, backend: { name: service, ports: [port] } } =
      this.#gateways.gateway(name).state;
    return `${namespace}/${service}:${port}`;
  }

  /** A probe that ends with a verdict, and leaves nothing. */
  async probed(
    command: string,
    { on, args, meanwhile }: Probing,
  ): Promise<{ readonly code: number; readonly report: Report }> {
    const plane = this.#gateways.plane();
    const runId = `${command}-${on.join("-")}`;
    const [namespace] = ProbeUser.NAMESPACES;
    await using run = startCommand(plane, [
      ...["gateway", command, "--namespace", namespace, "--run-id", runId],
      ...[...this.at(...on), ...args],
    ]);
    const finished = run.finished();
    // Who ends too early would otherwise be waited for.
    if (meanwhile !== undefined) await Promise.race([finished, meanwhile(run)]);
    const { code, stderr, stdout } = await finished;
    assert.ok(VERDICTS.includes(code), stderr + stdout);
    await assertNothingLeft(plane, { runId });
    const { report } = run;
    for (const name of on) {
      const { controllerName, address, port } = this.#gateways.gateway(name).state;
      assert.equal(
        report.manifest.facts[`Gateway ${this.tagOf(name)}`],
        `class ${name} of ${controllerName}, at ${address}:${port}`,
      );
    }
    return { code, report };
  }
}
