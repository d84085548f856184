/**
 * What is said on the control socket of a run: one JSON object a line, each request answered before
 * the next one is read. Both sides name the version, so that programs of two versions can tell why
 * they do not understand each other.
 * @module
 */

import * as z from "zod";
import { Change } from "../run_log/change.ts";

/** Of this protocol; fields may be added without a new one. */
export const PROTOCOL_VERSION = 1;
/** A longer line is none of this protocol: the longest mark takes a quarter. */
export const MOST_LINE_BYTES = 8_192;

const version = z.literal(PROTOCOL_VERSION);

export const Request = z.discriminatedUnion("ask", [
  z.object({ version, ask: z.literal("status") }),
  z.object({
    version,
    ask: z.literal("change"),
    change: Change,
    by: z.string().regex(/^[a-z]{1,20}$/).describe("who asks, for the run's log"),
  }),
]);
export type Request = z.infer<typeof Request>;

/** How a run is: see `RunStatus` in core/run/steering.ts, which it is. */
export const Status = z.object({
  runId: z.string(),
  command: z.string(),
  target: z.string(),
  state: z.enum(["preparing", "running", "paused", "stopping", "over"]),
  elapsedMs: z.number().describe("since the start of the load"),
  line: z.string().describe("as the live line has it"),
  targetRatePerSec: z.number().nullable(),
  workers: z.number().nullable(),
  changes: z.array(z.enum(["rate", "scale", "pause", "resume", "stop", "mark"])).readonly()
    .describe("what this load can be asked for"),
});
export type Status = z.infer<typeof Status>;

/** Of a change: what is in force, and since when. */
export const InForce = z.object({
  now: z.string().describe("in words, e.g. rate 200/s"),
  sinceMs: z.number().describe("since the start of the load"),
});
export type InForce = z.infer<typeof InForce>;

export const Refusal = z.object({
  kind: z.enum(["cannotChange", "badRequest", "otherVersion", "busy", "failed"]),
  message: z.string().describe("one line without a full stop"),
});
export type Refusal = z.infer<typeof Refusal>;

export const Answer = z.union([
  z.object({ version: z.number(), error: Refusal }),
  z.object({ version, status: Status }),
  z.object({ version, inForce: InForce }),
]);
export type Answer = z.infer<typeof Answer>;
