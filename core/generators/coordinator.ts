/** The coordinator as a generator sees it. @module */

import type { Share } from "../load/share.ts";
import type { ClockOffset, Told } from "./line.ts";
import type { Order } from "./order.ts";

/** With one, a program is a generator: it reports nothing itself. */
export interface Coordinator {
  readonly share: Share;
  /** Compares its calendar with ours, before the generator says that it is ready. */
  clockOffset(): Promise<ClockOffset>;
  tell(told: Told): void;
  /** Calls the listener with each order, those that came before it too, until the returned function is called. */
  onOrder(listener: (order: Order) => void): () => void;
  /** Fires when there is no coordinator any more that could order anything. */
  readonly gone: AbortSignal;
}
