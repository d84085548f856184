/** A coordinator that is the parent process: it reads our stdout and writes orders to our stdin. @module */

import { parsedJson } from "../parsed_json.ts";
import { textLines } from "../text_lines.ts";
import type { Coordinator } from "./coordinator.ts";
import type { GeneratorLink } from "./generator_link.ts";
import { lineTelling } from "./line_telling.ts";
import { Order } from "./order.ts";
import { OrderInbox } from "./order_inbox.ts";

/** What it takes of the process around. */
export interface StdioOutside {
  stdout(text: string): void;
  stdin(): ReadableStream<Uint8Array>;
}

/** Reads orders from now on. Once stdin has ended there is nobody who could give any. */
export function stdioCoordinator(
  { index, of }: GeneratorLink,
  { stdout, stdin }: StdioOutside,
): Coordinator {
  const inbox = new OrderInbox();
  const gone = new AbortController();
  void readOrders(stdin(), inbox).finally(() => gone.abort());
  return {
    share: { index, of },
    // One machine has one calendar.
    clockOffset: () => Promise.resolve({ offsetMs: 0, boundMs: 0 }),
    tell: lineTelling(index, stdout),
    onOrder: (listener) => inbox.subscribe(listener),
    gone: gone.signal,
  };
}

/** Never rejects: a pipe that breaks has ended. */
async function readOrders(stdin: ReadableStream<Uint8Array>, inbox: OrderInbox): Promise<void> {
  try {
    for await (const line of textLines(stdin)) {
      const { data: order } = Order.safeParse(parsedJson(line));
      if (order !== undefined) inbox.receive(order);
    }
  } catch {
    // As above.
  }
}
