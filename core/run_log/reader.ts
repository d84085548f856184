/**
 * A run's log on disk -> its records, in order, with a word on what could not be read. Pauses
 * between batches of lines, so that signals and timers are served however long the log is.
 * @module
 */

import { parsedJson } from "../parsed_json.ts";
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { assertDecodable, HdrFormatError } from "../measure/histogram.ts";
import type { Interval } from "../measure/interval.ts";
import { RunLogRecord, type Warning } from "./record.ts";

const READ_CHUNK_BYTES = 64 * 1024;
/** Most line numbers that a warning lists. */
const LINES_SHOWN = 5;

/**
 * The records of the log; none when there is no such file. A line that is damaged or that is there
 * a second time is left out, and said in warnings behind the last record. A last line that a kill
 * cut off is the ordinary end of such a run and no damage.
 */
export async function* readRunLog(path: string): AsyncGenerator<RunLogRecord> {
  const damaged = new LineList();
  const doubled = new LineList();
  const seen = new Set<string>();
  let number = 0;
  for await (const { lines, isLast } of lineBatches(path)) {
    for (const line of lines) {
      number++;
      if (line === "") continue;
      const parsed = parsedJson(line);
      const record = recordOf(parsed);
      if (record === undefined) {
        if (!isLast) damaged.add(number);
        continue;
      }
      const identity = identityOf(parsed, line);
      if (identity !== undefined && seen.has(identity)) {
        doubled.add(number);
        continue;
      }
      if (identity !== undefined) seen.add(identity);
      yield record;
    }
  }
  for (const warning of warningsOf({ damaged, doubled })) yield { type: "warning", warning };
}

/** Undefined: damaged, or of a kind that this version does not know. */
function recordOf(parsed: unknown): RunLogRecord | undefined {
  const { success, data } = RunLogRecord.safeParse(parsed);
  return success && (data.type !== "interval" || isDecodable(data.interval)) ? data : undefined;
}

function isDecodable({ operations, distributions }: Interval): boolean {
  try {
    for (const { service, response, lag, withoutOwnLag = {} } of operations) {
      const views = [service, response, lag, withoutOwnLag.service, withoutOwnLag.response];
      for (const view of views) if (view !== undefined) assertDecodable(view);
    }
    for (const { histogram, withoutOwnLag } of distributions) {
      assertDecodable(histogram);
      if (withoutOwnLag !== undefined) assertDecodable(withoutOwnLag);
    }
    return true;
  } catch (error) {
    if (error instanceof HdrFormatError) return false;
    throw error;
  }
}

/**
 * What no two lines have in common unless one is a copy of the other. Lines were not always
 * numbered: without a number only intervals are told apart by their text, as a run may well say the
 * same thing twice, but does not measure the same microseconds twice.
 */
function identityOf(parsed: unknown, line: string): string | undefined {
  const { type, line: number } = parsed as { type: string; line?: unknown };
  if (number === undefined && type !== "interval") return undefined;
  return createHash("sha1").update(line).digest("base64");
}

/** Numbers of lines: all are counted, the first few are kept. */
class LineList {
  count = 0;
  readonly #first: number[] = [];

  add(number: number): void {
    this.count++;
    if (this.#first.length < LINES_SHOWN) this.#first.push(number);
  }

  /** `line 3`, `lines 3, 4 and 9 more`. */
  toString(): string {
    const more = this.count - this.#first.length;
    const words = `line${this.count === 1 ? "" : "s"} ${this.#first.join(", ")}`;
    return more > 0 ? `${words} and ${more} more` : words;
  }
}

function* warningsOf(
  { damaged, doubled }: { damaged: LineList; doubled: LineList },
): Generator<Warning> {
  if (damaged.count > 0) {
    yield {
      code: "run-log-damaged",
      message: `${damaged.count} of the log's lines could not be read (${damaged}): ` +
        "what they held is missing from every figure; copy the run directory again if you can",
    };
  }
  if (doubled.count > 0) {
    yield {
      code: "run-log-doubled",
      message: `${doubled.count} of the log's lines are there twice (${doubled}): ` +
        "each was counted once",
    };
  }
}

/** Lines as they come from the disk; `isLast`: the rest after the last line feed, if there is one. */
async function* lineBatches(
  path: string,
): AsyncGenerator<{ readonly lines: readonly string[]; readonly isLast: boolean }> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch {
    return; // killed between manifest and log
  }
  try {
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(READ_CHUNK_BYTES);
    let rest = "";
    for (;;) {
      const count = await file.read(chunk);
      if (count === null) break;
      const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield { lines, isLast: false };
      await setImmediate(); // what the disk has at hand lets nothing else in between
    }
    if (rest !== "") yield { lines: [rest], isLast: true };
  } finally {
    file.close();
  }
}
