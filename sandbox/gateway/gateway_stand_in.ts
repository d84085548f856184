/**
 * A stand-in for an implementation of the Gateway API: a controller and its data plane on real sockets,
 * in front of a stand-in for the Kubernetes API.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { ApiHandler } from "../faults/fault.ts";
import type { FaultHits } from "../faults/fault_chain.ts";
import { Controller } from "./controller/controller.ts";
import { DataPlane } from "./data_plane/data_plane.ts";
import { GatewayFaultChain } from "./faults/fault_chain.ts";
import type { GatewayFaultSpec } from "./faults/fault_spec.ts";
import { CONTOUR_LIKE, type GatewaySettings } from "./options.ts";
import { createStartObjects, START_GATEWAYS } from "./start_objects.ts";

export interface GatewayStandInOptions {
  /** The API server, without faults; its namespace for the Gateways is there. */
  readonly kube: ApiHandler;
  readonly clock: Clock;
  /** For the faults' chances. */
  readonly rng: Rng;
  readonly faults?: readonly GatewayFaultSpec[];
  readonly settings?: Partial<GatewaySettings>;
  readonly onInterrupted?: ((message: string) => void) | undefined;
}

export class GatewayStandIn {
  /** Of the Gateways, in the order of start_objects.ts. */
  readonly ports: readonly number[];
  readonly #ending = new AbortController();
  readonly #dataPlane: DataPlane;
  readonly #faults: GatewayFaultChain;
  readonly #controller: Controller;

  private constructor(
    { kube, clock, rng, faults = [], settings = {} }: GatewayStandInOptions,
    { dataPlane, ports }: { readonly dataPlane: DataPlane; readonly ports: readonly number[] },
  ) {
    this.ports = ports;
    this.#dataPlane = dataPlane;
    const ended = this.#ending.signal;
    this.#faults = new GatewayFaultChain(faults, { clock, rng, ended });
    this.#controller = new Controller({
      kube,
      clock,
      settings: { ...CONTOUR_LIKE, ...settings },
      dataPlane,
      faults: this.#faults,
      ended,
    });
  }

  /** Resolves when the Gateways are programmed. */
  static async start(options: GatewayStandInOptions): Promise<GatewayStandIn> {
    const dataPlane = new DataPlane(options);
    const ports = START_GATEWAYS.map(() => dataPlane.open());
    await createStartObjects(options.kube, ports);
    const standIn = new GatewayStandIn(options, { dataPlane, ports });
    await standIn.#controller.ready();
    return standIn;
  }

  get faultHits(): readonly FaultHits[] {
    return this.#faults.hits;
  }

  /** Ends the controller, not its data plane, and starts it again. @param whileDown done in between */
  async restartController(whileDown: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#controller.stop();
    try {
      await whileDown();
    } finally {
      this.#controller.start();
    }
  }

  /** Resolves when the ports are free, or soon. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#dataPlane.close();
  }
}
