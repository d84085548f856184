import assert from "node:assert/strict";
import type { OperationFailedError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { pageFetcher } from "../../../kube/component/fetch_text.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { stevePeer } from "../../watchers/steve/steve_peer.ts";

const NEVER = new AbortController().signal;

Deno.test("a page is got, refused with its status, or cut off in time", async () => {
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<Response>();
  await using peer = stevePeer(({ path }) => {
    if (path === "/slow") {
      asked.resolve();
      return held.promise;
    }
    return path === "/page" ? new Response("text") : new Response(null, { status: 503 });
  });
  const reasonAt = async (path: string, clock = new SystemClock() as SystemClock | FakeClock) => {
    try {
      return await pageFetcher(clock)(peer.url + path, NEVER);
    } catch (error) {
      return (error as OperationFailedError).reason;
    }
  };
  assert.equal(await reasonAt("/page"), "text");
  assert.equal(await reasonAt("/gone"), "http-503");
  const clock = new FakeClock();
  const slow = reasonAt("/slow", clock);
  await asked.promise;
  await clock.advance(10_000);
  assert.equal(await slow, "timeout");
  held.resolve(new Response());
});
