/**
 * Another controller, as a fault has it: it rewrites statuses that ours has written, a moment later.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { ApiHandler } from "../../faults/fault.ts";
import type { GatewayFault } from "../faults/gateway_fault.ts";
import type { HttpRoute } from "../objects.ts";
import { StatusClient } from "../statuses/status_client.ts";

const MANAGER = "foreign-gateway";

export class ForeignController {
  readonly #client: StatusClient;
  readonly #clock: Clock;
  readonly #ended: AbortSignal;

  constructor(
    { kube, clock, ended }: { kube: ApiHandler; clock: Clock; ended: AbortSignal },
  ) {
    this.#client = new StatusClient(kube, MANAGER);
    this.#clock = clock;
    this.#ended = ended;
  }

  /** @param key of the route */
  async rewrite(
    key: string,
    { delayMs, rewrite }: NonNullable<GatewayFault["rewriting"]>,
  ): Promise<void> {
    await this.#clock.sleepUntil(this.#clock.now() + delayMs, this.#ended);
    if (this.#ended.aborted) return;
    await this.#client.write(HTTP_ROUTES, {
      key,
      status: (found) => {
        const parents = rewrite(found as HttpRoute);
        return parents === undefined ? undefined : { parents };
      },
    });
  }
}
