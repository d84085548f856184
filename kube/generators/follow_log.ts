/**
 * What does a container write, from its first line to its last, whatever becomes of the connection? The
 * log is followed and, after a cut, read on from the second of the last line: lines of that second come
 * again. Knows nothing of what they say.
 * @module
 */

import { messageOf, OperationFailedError } from "../../core/errors.ts";
import { Backoff, type BackoffPolicy } from "../../core/load/backoff.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { BodyLine } from "../http/body_lines.ts";
import type { RawRequest } from "../cluster.ts";
import type { ObjectRef } from "../object.ts";
import { PODS, resourcePath } from "../resource.ts";
import { isNotFound } from "../status_error.ts";

/** A line of a log. */
export interface LogLine {
  readonly text: string;
  /** It may be one that came before. */
  readonly isAgain: boolean;
}

export interface FollowOptions {
  readonly container: string;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Which connection carries it. */
  readonly lane?: number;
  /** Whether the container has ended: then its log has an end, too. */
  readonly hasEnded: () => boolean;
  readonly onLine: (line: LogLine) => void;
  /** What was written between two lines cannot be had any more. */
  readonly onGap: (why: string) => void;
  /** It could not be read, and will be tried again. */
  readonly onFailure?: (why: string, sinceMs: number) => void;
}

/** `gone`: there is no such pod any more. */
export type LogEnd = "ended" | "gone" | "cut";

interface LogSource {
  lines(call: RawRequest): AsyncIterable<BodyLine>;
}

const BACK_OFF: BackoffPolicy = { firstMs: 200, longestMs: 5_000, spread: [1, 1.5] };
/** A generator under load tells something each second; asking again costs one request. */
const SILENCE_MS = 30_000;
/**
 * The kubelet's own words, which come with status 200 in place of the log of a container that it has
 * removed. Source: kubernetes, pkg/kubelet/kuberuntime/kuberuntime_container.go, GetContainerLogs.
 */
const NO_LOG = "unable to retrieve container logs for ";
const ROTATED = "the log was rotated while it could not be read";

/** Resolves when all of it was read, or nothing more can be. */
export async function followLog(
  source: LogSource,
  pod: Required<ObjectRef>,
  options: FollowOptions,
): Promise<LogEnd> {
  return await new LogFollower(source, pod, options).follow();
}

class LogFollower {
  readonly #source: LogSource;
  readonly #pod: Required<ObjectRef>;
  readonly #options: FollowOptions;
  readonly #backoff: Backoff;
  #last: LogTime | undefined;
  #failingSinceMs: number | undefined;

  constructor(source: LogSource, pod: Required<ObjectRef>, options: FollowOptions) {
    this.#source = source;
    this.#pod = pod;
    this.#options = options;
    this.#backoff = new Backoff(BACK_OFF, options.rng);
  }

  async follow(): Promise<LogEnd> {
    const { clock, signal, hasEnded } = this.#options;
    while (!signal.aborted) {
      // Servers end a log that they follow in good order, too, when they are restarted.
      const isLast = hasEnded();
      try {
        if (await this.#read() === "whole" && isLast) return "ended";
      } catch (thrown) {
        if (signal.aborted) break;
        if (isNotFound(thrown)) return "gone";
        if (!(thrown instanceof OperationFailedError)) throw thrown;
        this.#tellFailure(thrown);
      }
      if (!isLast && hasEnded()) continue;
      const nowMs = clock.now();
      await clock.sleepUntil(nowMs + this.#backoff.failedAt(nowMs), signal);
    }
    return "cut";
  }

  async #read(): Promise<"whole" | "silent"> {
    const { clock, signal, lane } = this.#options;
    const silence = new AbortController();
    const call = {
      method: "GET",
      path: this.#path(),
      signal: AbortSignal.any([signal, silence.signal]),
      ...(lane === undefined ? {} : { lane }),
    };
    let takeBack = () => {};
    const heard = () => {
      takeBack();
      takeBack = clock.callAt(clock.now() + SILENCE_MS, () => silence.abort());
    };
    heard();
    let isFirst = true;
    try {
      for await (const line of this.#source.lines(call)) {
        heard();
        this.#failingSinceMs = undefined;
        this.#backoff.succeeded();
        // The rest of it comes with the next reading, or never will.
        if (line.isUnended && !this.#options.hasEnded()) break;
        this.#take(line.text, { isFirst });
        isFirst = false;
      }
      return "whole";
    } catch (thrown) {
      if (silence.signal.aborted && !signal.aborted) return "silent";
      throw thrown;
    } finally {
      takeBack();
    }
  }

  #take(text: string, { isFirst }: { isFirst: boolean }): void {
    const { onLine, onGap } = this.#options;
    const [time, rest] = splitTime(text);
    const last = this.#last;
    if (time === undefined && rest.startsWith(NO_LOG)) return;
    if (time === undefined || last === undefined) {
      this.#last = time ?? last;
      return onLine({ text: rest, isAgain: false });
    }
    // What follows on it is read from the second of the last line, so that line comes again.
    if (isFirst && time.ns > last.ns) onGap(ROTATED);
    if (time.ns > last.ns) this.#last = time;
    onLine({ text: rest, isAgain: time.ns <= last.ns });
  }

  #path(): string {
    const query = new URLSearchParams({
      container: this.#options.container,
      follow: "true",
      timestamps: "true",
    });
    if (this.#last !== undefined) query.append("sinceTime", this.#last.second);
    return `${resourcePath(PODS, { ...this.#pod, subresource: "log" })}?${query}`;
  }

  #tellFailure(thrown: OperationFailedError): void {
    const nowMs = this.#options.clock.now();
    this.#failingSinceMs ??= nowMs;
    this.#options.onFailure?.(messageOf(thrown), this.#failingSinceMs);
  }
}

/** When a line was written. */
interface LogTime {
  /** RFC 3339 in whole seconds, which is as finely as the API takes it. */
  readonly second: string;
  readonly ns: bigint;
}

/** Source: kubelet, cri-client/pkg/logs: RFC 3339 with nine digits and a zone, and a blank. */
function splitTime(line: string): [time: LogTime | undefined, rest: string] {
  const [whole, dateTime, fraction = "", zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) ?/.exec(line) ?? [];
  if (whole === undefined) return [undefined, line];
  const second = `${dateTime}${zone}`;
  const ns = BigInt(Date.parse(second)) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
  return [{ second, ns }, line.slice(whole.length)];
}
