/** A connection that breaks within the answer: the request took effect, and nobody learns of it. @module */

import { LOAD, sharedFault } from "./fault.ts";

export const truncated = sharedFault({
  name: "truncated",
  does: "handled, and the answer breaks off half way",
  concerns: LOAD.filter((kind) => kind !== "watches"),
  start: () => async ({ call, next }) => {
    const answer = await next(call);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const { status, headers } = answer;
    return new Response(firstHalf(bytes), { status, headers });
  },
});

function firstHalf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let pulls = 0;
  return new ReadableStream({
    pull(controller) {
      if (pulls++ === 0) controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      // As fetch says it, for who is in the same thread.
      else controller.error(new Error("error reading a body from connection: fault truncated"));
    },
  }, { highWaterMark: 0 });
}
