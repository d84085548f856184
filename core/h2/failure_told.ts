/** What is said of a request over HTTP/2 that was not answered, or not to the end. @module */

import { explainFailure, type FailureTold, type HintWords } from "../net/fetch_failure.ts";
import type { ProxyServer } from "../net/proxy.ts";
import type { StreamFailure } from "./answer_sink.ts";
import { ERROR_CODES, errorCodeName } from "./error_code.ts";

/** Classes of failure beside the common ones. */
export const HTTP2_REASONS = ["refused-stream"] as const;
/** Nobody's reason is longer; it goes into one line. */
const MOST_DEBUG_CHARS = 200;

/** @param options.saidGoAway the server, before it closed the connection */
export function failureTold(
  failure: StreamFailure,
  { words, proxy, saidGoAway }: {
    words: HintWords;
    proxy: ProxyServer | undefined;
    saidGoAway: boolean;
  },
): FailureTold {
  switch (failure.kind) {
    case "reset": {
      const text = `the server reset the stream (RST_STREAM with ${errorCodeName(failure.code)})`;
      const isRefused = failure.code === ERROR_CODES.REFUSED_STREAM;
      return { reason: isRefused ? HTTP2_REASONS[0] : "stream-reset", text };
    }
    case "goaway": {
      const { code, debug } = failure;
      const why = debug === "" ? "" : `: ${JSON.stringify(debug.slice(0, MOST_DEBUG_CHARS))}`;
      const said = `GOAWAY with ${errorCodeName(code)}${why}`;
      return { reason: "goaway", text: `the server ended the connection (${said})` };
    }
    case "protocol":
      return { reason: "protocol", text: failure.error.message };
    case "closed": {
      const { error = new Error("the connection was closed") } = failure;
      const { reason, text } = explainFailure(error, { words, proxy });
      if (saidGoAway) return { reason: "goaway", text };
      return { reason: reason === "other" ? "connection-closed" : reason, text };
    }
  }
}
