/**
 * The sandbox of devworkspace_task.ts on a clock that jumps, in the thread of whoever uses it: what takes
 * minutes there is over in a moment, and the same each time.
 * @module
 */

import { createRng } from "../core/load/rng.ts";
import { simulate } from "../core/load/simulate.ts";
import { VirtualClock } from "../core/load/virtual_clock.ts";
import type { Simulation } from "../core/command/simulation.ts";
import { registryFetch } from "./devworkspace/registry_fetch.ts";
import {
  type DevWorkspaceAccount,
  type DevWorkspaceSandboxOptions,
  serviceOf,
  startOperator,
} from "./devworkspace_task.ts";
import { startLocalServer } from "./local_server.ts";

interface SimulatedSandbox {
  readonly url: string;
  readonly simulation: Simulation;
  /** What it has seen so far. */
  account(): DevWorkspaceAccount;
}

/**
 * Starts one, and stops it however its use ends.
 * @throws {CannotRunError} if the use waits for what never comes
 */
export async function simulateDevWorkspaces<T>(
  { seed, ...options }: DevWorkspaceSandboxOptions & { readonly seed: number },
  use: (sandbox: SimulatedSandbox) => Promise<T>,
): Promise<T> {
  const clock = new VirtualClock();
  const around = { clock, rng: createRng(seed) };
  return await simulate(clock, async () => {
    using server = await startLocalServer(serviceOf(options, around));
    const operator = await startOperator(server.handler, options, around);
    const ofRegistry = registryFetch(operator.registry);
    // Modules that are loaded and files that are read first take no time of the simulation.
    const gettingReady = clock.hold();
    try {
      return await use({
        url: server.url,
        simulation: {
          clock,
          fetch(url, init) {
            gettingReady[Symbol.dispose]();
            return (url.startsWith(`${server.url}/`) ? server.fetch : ofRegistry)(url, init);
          },
        },
        account: () => ({ faults: [...operator.faultHits, ...server.account().faults] }),
      });
    } finally {
      operator.close();
      gettingReady[Symbol.dispose]();
    }
  });
}
