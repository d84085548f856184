/**
 * All limits against peers that, by mistake or on purpose, make this end work or keep things to no
 * end. Beyond each the connection ends with GOAWAY ENHANCE_YOUR_CALM unless its line says otherwise.
 *
 * Each is far from what a load tool does that means no harm: thousands of streams, all cancelled at
 * once; a ping for every read; a window given back every 4 KiB. For comparison are named
 * golang.org/x/net 0.4x (Go), hyperium/h2 0.4 (h2) and nghttp2 1.6x.
 * @module
 */

/** So many at once, and so many a second in the long run. */
export interface Allowance {
  readonly atOnce: number;
  readonly perSec: number;
}

export interface Limits {
  /**
   * Of one field block as sent; its fields are bounded by our MAX_HEADER_LIST_SIZE (a list beyond is
   * an error of its stream, or status 431). Go: 1 MiB of a request and 10 MiB of an answer; h2: 16 MiB,
   * now 16 KiB; nghttp2: 64 KiB.
   */
  readonly maxHeaderBlockBytes: number;
  /** CONTINUATION frames of one block: CVE-2024-24549 and others. nghttp2: 8; h2: by the list's size. */
  readonly maxContinuations: number;
  /**
   * Until the peer's first SETTINGS, and until it acknowledges ours; GOAWAY SETTINGS_TIMEOUT (RFC 9113,
   * section 6.5.3). Go: 2 s after a preface within 10 s; nghttpd: 10 s. Longer here, as the machines
   * are busy that load is put on.
   */
  readonly settingsTimeoutMs: number;
  /**
   * Frames of ours that answer frames of the peer's, and wait as it does not read: CVE-2019-9512,
   * -9514, -9515. Beside one for each stream that may be open. Go: 10,000.
   */
  readonly maxQueuedReplies: number;
  /**
   * Streams that ended as the peer reset them, or as what it sent was wrong: CVE-2023-44487 (rapid
   * reset), CVE-2025-8671. A stream that ends well gives one back. At once: all that may be open, twice.
   * nghttp2: 1,000, and 33 a second; h2: 20 that were not looked at, and 1,024 by errors.
   */
  readonly resets: Allowance;
  /** SETTINGS frames: each may change the window of every open stream. CVE-2019-9515. */
  readonly settings: Allowance;
  /**
   * PING, PRIORITY, WINDOW_UPDATE, empty DATA, frames of unknown types and those of streams that are
   * gone: what is no part of a message. CVE-2019-9511, -9512, -9513, -9518. Every frame that is
   * gives {@link Limits.idleFramesPerFrame} back. Envoy: 10 WINDOW_UPDATE for each DATA sent, 100
   * PRIORITY for each stream.
   */
  readonly idleFrames: Allowance;
  /**
   * Interim answers (1xx) to one request; beyond, its stream ends with ENHANCE_YOUR_CALM. They are part
   * of a message, and nobody is told of them. Go: 5, now by their size.
   */
  readonly maxInterimAnswers: number;
  /** Go's client gives 16 KiB back in 4 + 4 WINDOW_UPDATE frames, so that less than 8 is too little. */
  readonly idleFramesPerFrame: number;
}

const COMMON = {
  maxContinuations: 32,
  maxQueuedReplies: 10_000,
  settings: { atOnce: 100, perSec: 10 },
  idleFrames: { atOnce: 10_000, perSec: 1_000 },
  idleFramesPerFrame: 10,
  maxInterimAnswers: 100,
};

/** @param maxConcurrentStreams our setting */
export function serverLimits(maxConcurrentStreams: number): Limits {
  return {
    ...COMMON,
    maxHeaderBlockBytes: 131_072,
    settingsTimeoutMs: 10_000,
    maxQueuedReplies: COMMON.maxQueuedReplies + maxConcurrentStreams,
    resets: { atOnce: Math.max(2_000, 2 * maxConcurrentStreams), perSec: 1_000 },
  };
}

/** A server can reset no more than is asked of it. */
export const CLIENT_LIMITS: Limits = {
  ...COMMON,
  maxHeaderBlockBytes: 1_048_576,
  settingsTimeoutMs: 30_000,
  resets: { atOnce: Infinity, perSec: 0 },
};
