/** How users of kube's commands say what a hint advises. @module */

import type { HintWords } from "../../core/net/fetch_failure.ts";

export const HINT_WORDS: HintWords = {
  ca: "--certificate-authority FILE or in the kubeconfig",
  url: "--server or in the kubeconfig",
  insecure: "--insecure-skip-tls-verify",
  http1: "--http1",
};
