/** What each end of a connection tells the other of its limits. RFC 9113, section 6.5.2. @module */

/** Values in force; those of {@link INITIAL_SETTINGS} until SETTINGS say otherwise. */
export interface Settings {
  readonly headerTableBytes: number;
  readonly enablePush: boolean;
  /** Infinity: no limit was told. */
  readonly maxConcurrentStreams: number;
  readonly initialWindowBytes: number;
  /** Of a frame's payload. */
  readonly maxFrameBytes: number;
  /** Infinity: no limit was told. Counted as RFC 9113, section 10.5.1 says: 32 for each field more. */
  readonly maxHeaderListBytes: number;
}

export const INITIAL_SETTINGS: Settings = {
  headerTableBytes: 4_096,
  enablePush: true,
  maxConcurrentStreams: Infinity,
  initialWindowBytes: 65_535,
  maxFrameBytes: 16_384,
  maxHeaderListBytes: Infinity,
};
