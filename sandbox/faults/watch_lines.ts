/**
 * The body of a watch, line by line, on its way through a fault. Does not look into the lines, but
 * for their type.
 * @module
 */

import type { Hit } from "./fault.ts";

/** The lines that are to be sent instead, each without its line feed; begins when the watch opens. */
type RewriteWatch = (
  lines: AsyncIterable<string>,
  watch: {
    /** Aborts when the watch is over, whichever side ended it. */
    readonly over: AbortSignal;
    /** Ends the lines, as if the server had closed the watch. */
    readonly end: () => void;
  },
) => AsyncGenerator<string, void>;

/** Rewrites the watches that it hits; a refused one stays as it is. */
export function rewritingWatches(rewrite: RewriteWatch): Hit {
  return async ({ call, next }) => {
    const answer = await next(call);
    if (!answer.ok || answer.body === null) return answer;
    const { status, headers } = answer;
    const body = rewritten(answer.body, { rewrite, signal: call.signal });
    return new Response(body, { status, headers });
  };
}

function rewritten(
  body: ReadableStream<Uint8Array>,
  { rewrite, signal }: { rewrite: RewriteWatch; signal: AbortSignal },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const ended = new AbortController();
  const over = AbortSignal.any([ended.signal, signal]);
  const end = () => void reader.cancel().catch(() => {}); // it has failed already
  const lines = rewrite(linesOf(reader), { over, end });
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (ended.signal.aborted) return;
      if (!done) return controller.enqueue(encoder.encode(`${value}\n`));
      ended.abort();
      controller.close();
    },
    cancel() {
      ended.abort();
      end();
    },
    // Nothing is read ahead of the client: what is late must be late by the fault alone.
  }, { highWaterMark: 0 });
}

async function* linesOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield part;
  }
  if (rest !== "") yield rest;
}

/** Whether a line tells of an object, and is no bookmark and no error. */
export function isChange(line: string): boolean {
  const { type } = JSON.parse(line);
  return type !== "BOOKMARK" && type !== "ERROR";
}
