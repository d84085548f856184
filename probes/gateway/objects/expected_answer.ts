/**
 * What does a data plane answer that serves a route as it is written?
 * @module
 */

/** To a GET of `path`. */
export interface ExpectedAnswer {
  readonly path: string;
  readonly status: number;
  /** The header Location without a port; absent: there is none, or any. */
  readonly location?: string;
}
