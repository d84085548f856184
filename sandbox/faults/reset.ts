/** A connection that breaks before the answer: a restarted server or load balancer. @module */

import { LOAD, sharedFault } from "./fault.ts";

export const reset = sharedFault({
  name: "reset",
  does: "unhandled: the HTTP/2 stream is reset, or the connection closed",
  concerns: LOAD,
  // A body that fails at once makes the server reset the stream before it has sent any header. Who
  // is in the same thread sees the error itself: it says what fetch would.
  start: () => () => Promise.resolve(new Response(brokenStream())),
});

function brokenStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.error(new Error("stream error received: fault reset")),
  });
}
