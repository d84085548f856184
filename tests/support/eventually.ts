/**
 * How does a test wait for what another process, thread or socket does? It looks again, as long as it
 * takes: how fast a machine is decides nothing. Only what never comes fails, so that it does not hang.
 * @module
 */

import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";

const POLL_MS = 10;
/** No test should come near it, on however busy a machine. */
const HANGING_MS = 180_000;

const clock = new SystemClock();

/** Resolves as soon as the condition holds; fails if it looks as if it never would. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = clock.now() + HANGING_MS;
  while (!await condition()) {
    assert.ok(clock.now() < endMs, `${what}: not within ${HANGING_MS / 1_000} s`);
    await clock.sleepUntil(clock.now() + POLL_MS);
  }
}
