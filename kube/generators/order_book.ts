/**
 * Where a coordinator writes its orders for pods to read: one ConfigMap, with all orders so far, so that
 * whoever has missed some finds them. Writes and reads; obeys nothing.
 * @module
 */

import * as z from "zod";
import { ClockOffset } from "../../core/generators/line.ts";
import { Order } from "../../core/generators/order.ts";
import { parsedJson } from "../../core/parsed_json.ts";
import { fieldsOf, textOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";
import { ORDERS_KEY } from "./pod_objects.ts";

/** Of the coordinator's calendar, against the API server's. */
const CLOCK_KEY = "clock";

/** What a generator reads. */
export interface Book {
  readonly orders: readonly Order[];
  /** Undefined: the coordinator is measuring it yet. */
  readonly clock: ClockOffset | undefined;
}

/** What is not as it should be counts as not there. */
export function readBook(configMap: KubeObject): Book {
  const data = fieldsOf(configMap["data"]);
  const json = (key: string) => parsedJson(textOf(data[key]) ?? "");
  return {
    orders: z.array(Order).safeParse(json(ORDERS_KEY)).data ?? [],
    clock: ClockOffset.safeParse(json(CLOCK_KEY)).data,
  };
}

/** The body of a merge patch. */
export function ordersPatch(orders: readonly Order[]): unknown {
  return { data: { [ORDERS_KEY]: JSON.stringify(orders) } };
}

/** The body of a merge patch. */
export function clockPatch(clock: ClockOffset): unknown {
  return { data: { [CLOCK_KEY]: JSON.stringify(clock) } };
}
