/** Who asks the data planes of a scene: one asker a Gateway and kind of connection. @module */

import type { Clock } from "../../../core/load/clock.ts";
import { Asker, type ConnectionKind } from "../answers/data_plane.ts";
import type { GatewayValues } from "../flags.ts";
import type { ReadyGateway } from "./ready_gateway.ts";

/** Makes each when it is first wanted. Dispose it to close their connections. */
export class Asking implements Disposable {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #askers = new Map<string, Asker>();

  constructor(clock: Clock, { "ask-timeout": timeoutMs }: Pick<GatewayValues, "ask-timeout">) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** One with `kept` connections asks one question at a time. */
  of({ plane }: Pick<ReadyGateway, "plane">, connection: ConnectionKind): Asker {
    const key = `${plane.gateway} ${connection}`;
    let asker = this.#askers.get(key);
    if (asker === undefined) {
      const options = { clock: this.#clock, connection, timeoutMs: this.#timeoutMs };
      this.#askers.set(key, asker = new Asker(plane, options));
    }
    return asker;
  }

  [Symbol.dispose](): void {
    for (const asker of this.#askers.values()) asker[Symbol.dispose]();
  }
}
