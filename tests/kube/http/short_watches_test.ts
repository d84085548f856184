/** One watch over HTTP/1.1 out of many short ones. */
import assert from "node:assert/strict";
import type { WatchEvent } from "../../../kube/cluster.ts";
import { shortWatches, type WatchQuery } from "../../../kube/http/short_watches.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function event(type: WatchEvent["type"], resourceVersion: string): WatchEvent {
  return { type, object: { metadata: { resourceVersion } }, bytes: 1 };
}

/** Each short watch gives the next of these events, and lasts its time or the given ms. */
async function watched(
  query: WatchQuery,
  script: readonly { events?: readonly WatchEvent[]; lastsMs?: number }[],
) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const watch = async function* (query: WatchQuery) {
    const { events = [], lastsMs = query.timeoutSeconds! * 1_000 } = script[asked.length] ?? {};
    asked.push(`${query.resourceVersion} for ${query.timeoutSeconds} s`);
    await clock.advance(lastsMs);
    yield* events;
  };
  const seen: string[] = [];
  for await (const { type, object } of shortWatches(query, { watch, clock })) {
    seen.push(`${type} ${object.metadata.resourceVersion}`);
  }
  return { asked, seen };
}

Deno.test("each goes on where the one before ended, until the time of the whole is over", async () => {
  const { asked, seen } = await watched({ resourceVersion: "10", timeoutSeconds: 50 }, [
    { events: [event("ADDED", "11"), event("MODIFIED", "12")] },
    { events: [event("BOOKMARK", "20")] },
  ]);
  assert.deepEqual(asked, ["10 for 20 s", "12 for 20 s", "20 for 10 s"]);
  assert.deepEqual(seen, ["ADDED 11", "MODIFIED 12", "BOOKMARK 20"]);
});

Deno.test("one that the server ends early is the end of the whole", async () => {
  const { asked } = await watched({ resourceVersion: "10", timeoutSeconds: 300 }, [
    {},
    { lastsMs: 5_000 },
  ]);
  assert.deepEqual(asked, ["10 for 20 s", "10 for 20 s"]);
});

Deno.test("without a resourceVersion there is nowhere to go on, and it is sent as it is", async () => {
  const { asked } = await watched({ timeoutSeconds: 300 }, []);
  assert.deepEqual(asked, ["undefined for 300 s"]);
});
