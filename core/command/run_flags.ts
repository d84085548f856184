/** The flags that every load command has, beside its own. @module */

import { thresholdParser } from "../judge/threshold.ts";
import { parseAddress } from "../net/address.ts";
import { parseToken } from "../net/bearer_token.ts";
import type { Invocation } from "./command.ts";
import type { GeneratorValues } from "./generator_flags.ts";
import {
  choice,
  duration,
  flag,
  integer,
  listOf,
  readable,
  text,
  toggle,
  type Values,
} from "./flags.ts";
import { parseLabel, parseRunId } from "./run_id.ts";

/** How results are written to stdout. */
export const OUTPUT_FORMATS = ["text", "json", "yaml", "csv", "junit"] as const;
export type OutputFormat = typeof OUTPUT_FORMATS[number];

/** @param reasons the classes of failure that the load can have beside the common ones */
export function thresholdFlag(reasons: readonly string[] = []) {
  return flag(listOf(readable("expression", thresholdParser(reasons))), {
    help:
      "what must hold, e.g. 'request.response.p99 < 200ms'; repeatable; a default about the same metric gives way",
    default: [],
  });
}

/**
 * As long as connections are set up and caches fill; a load of 10/s has had the 100 operations that
 * a p99 needs.
 */
const ABORT_DELAY_MS = 10_000;

export const RUN_FLAGS = {
  duration: flag(duration({ minMs: 1 }), {
    help: "how long to measure after the warm-up; without it: until done or stopped",
  }),
  warmup: flag(duration(), {
    help: "load before measuring starts; reported, never judged",
    default: 0,
  }),
  threshold: thresholdFlag(),
  "abort-on-fail": flag(toggle, {
    help: "end the run as soon as a threshold has failed for sure; it is judged, and fails",
    default: false,
  }),
  "abort-delay": flag(duration(), {
    help: "with --abort-on-fail: how much judged load a threshold must have seen before",
    default: ABORT_DELAY_MS,
  }),
  seed: flag(integer({ min: 0 }), {
    help: "seed of everything random; 0: a new one, recorded",
    default: 0,
  }),
  "run-id": flag(readable("id", parseRunId), {
    help: "name of the run; default: date, time and four random digits",
    aliases: ["runid"],
  }),
  label: flag(listOf(readable("key=value", parseLabel)), {
    help: "label kept with the results; repeatable",
    default: [],
  }),
  out: flag(text("dir"), { help: "run directory; default: scaletool-runs/RUN-ID" }),
  output: flag(choice(OUTPUT_FORMATS), {
    help: "format of the result on stdout",
    short: "o",
    default: "text",
  }),
  "json-stream": flag(toggle, {
    help: "write start, interval and end events to stdout instead, one JSON object a line",
    default: false,
  }),
  plan: flag(text("file"), { help: "YAML file that sets flags" }),
  quiet: flag(toggle, { help: "no progress on stderr", short: "q", default: false }),
  "metrics-addr": flag(readable("host:port", parseAddress), {
    help: "serve a live page, /metrics and /debug/pprof/ there; without a host: loopback only",
  }),
  "live-token": flag(readable("token", parseToken), {
    help: "who shows it may change the run at the live page; default: a new one, printed",
    isSecret: true,
  }),
};

/** The flag `dry-run`, for the commands that change something. */
export const DRY_RUN_FLAG = flag(toggle, {
  help: "print what would be done, and do nothing",
  default: false,
});

/** For the commands that write files which the user names. */
export const OVERWRITE_FLAG = flag(toggle, {
  help: "write over files that are there already, instead of refusing to (never over a run)",
  default: false,
});

export type RunFlags = typeof RUN_FLAGS;
export type RunValues = Values<RunFlags>;

/** How long undoing may take in all, unless the user says otherwise. */
export const CLEANUP_TIMEOUT_MS = 60_000;

/** For the commands that make things, beside `RUN_FLAGS`. */
export const CLEANUP_FLAGS = {
  "cleanup-timeout": flag(duration({ minMs: 1 }), {
    help: "how long undoing may take in all",
    default: CLEANUP_TIMEOUT_MS,
  }),
};

type CleanupFlags = typeof CLEANUP_FLAGS;
type CleanupValues = Values<CleanupFlags>;

/** The use of a load command, with `CLEANUP_FLAGS` and those of generators or without. */
export type RunInvocation = Invocation<RunFlags> & {
  readonly values: Partial<CleanupValues & GeneratorValues>;
};
