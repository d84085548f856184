/**
 * The exit codes of every command: one table, in `scaletool --help` and in the README.
 * @module
 */

/** Process exit codes; stable across releases. */
export const EXIT_CODE = {
  /** The run took place and everything that was asked held. */
  pass: 0,
  /**
   * The run could not take place: port taken, target unreachable, output not writable. Also in place
   * of a pass whose output could not be written; any other code tells more than that.
   */
  couldNotRun: 1,
  /** Unknown flag, value out of range, unreadable plan. */
  usage: 2,
  /** A threshold or a check failed, or `compare` found a regression. */
  failed: 3,
  /** No verdict: no data, too few samples, or the generator itself was the bottleneck. */
  inconclusive: 4,
  /** SIGHUP (the terminal is gone), after cleaning up and reporting. */
  hungUp: 129,
  /** SIGINT, after cleaning up and reporting. */
  interrupted: 130,
  /** SIGTERM, after cleaning up and reporting. */
  terminated: 143,
} as const;

/** One of the exit codes above. */
export type ExitCode = typeof EXIT_CODE[keyof typeof EXIT_CODE];

/** As a shell shows a program that the signal ended: 128 and its number. */
export const EXIT_CODE_OF_SIGNAL = {
  SIGHUP: EXIT_CODE.hungUp,
  SIGINT: EXIT_CODE.interrupted,
  SIGTERM: EXIT_CODE.terminated,
} as const;

/** One line for each code, in ascending order, for `--help` and the README. */
export const EXIT_CODE_TABLE: readonly (readonly [ExitCode, string])[] = [
  [EXIT_CODE.pass, "pass"],
  [EXIT_CODE.couldNotRun, "could not run (port taken, target unreachable, output not writable)"],
  [EXIT_CODE.usage, "usage (unknown flag, value out of range, unreadable plan)"],
  [EXIT_CODE.failed, "a threshold or check failed; compare found a regression"],
  [
    EXIT_CODE.inconclusive,
    "inconclusive (no data, too few samples, or the generator was saturated)",
  ],
  [EXIT_CODE.hungUp, "ended by SIGHUP (the terminal is gone), after cleaning up and reporting"],
  [EXIT_CODE.interrupted, "interrupted by SIGINT, after cleaning up and reporting"],
  [EXIT_CODE.terminated, "terminated by SIGTERM, after cleaning up and reporting"],
];
