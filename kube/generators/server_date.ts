/** What is the calendar of an API server, by the Date of its answers? @module */

import type { ClockOffset } from "../../core/generators/line.ts";
import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { ClusterValues } from "../cluster_flags.ts";
import type { ClusterTarget } from "../config/target.ts";
import { HttpConnection } from "../http/http_connection.ts";
import { measureOffset } from "./clock_offset.ts";

interface DateOptions {
  readonly target: ClusterTarget;
  readonly values: Pick<ClusterValues, "http1">;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Exempt from flow control and open to everybody who is known. */
const PATH = "/livez";
const PATIENCE_MS = 5_000;

/**
 * How far our calendar is behind that of the server, over a connection of its own.
 * @throws {CannotRunError} if its answers have no Date
 * @throws {OperationFailedError} if it does not answer
 */
export async function offsetToServer(
  { target, values, userAgent, clock, signal }: DateOptions,
): Promise<ClockOffset> {
  let date: string | null = null;
  using connection = await HttpConnection.open({
    server: target.server,
    target,
    http1: values.http1,
    userAgent,
    clock,
    requestTimeoutMs: PATIENCE_MS,
    onAnswer: (answer) => date = answer.headers.get("date"),
  });
  const ask = async () => {
    await connection.answer({ method: "GET", path: PATH, signal });
    const dateMs = Date.parse(date ?? "");
    if (Number.isFinite(dateMs)) return dateMs;
    throw new CannotRunError(
      `Cannot compare clocks: ${target.server} puts no Date into its answers`,
    );
  };
  return await measureOffset(clock, ask, { ...(signal === undefined ? {} : { signal }) });
}
