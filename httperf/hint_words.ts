/** How users of httperf say what a hint advises. @module */

import type { HintWords } from "../core/net/fetch_failure.ts";

export const HINT_WORDS: HintWords = {
  ca: "--ca FILE",
  url: "--base-url",
  insecure: "--insecure",
  http1: "--http1",
};
