/**
 * How do tests that wait more than they work take less time? Several at once, as steps of one test.
 * @module
 */

/** Enough to fill the waiting, and few enough not to make every machine a busy one. */
const AT_ONCE = 4;

export interface Scenario {
  readonly name: string;
  readonly play: () => Promise<void>;
}

/** Plays all of them, in that order as far as there is an order. */
export async function sideBySide(
  test: Deno.TestContext,
  scenarios: readonly Scenario[],
): Promise<void> {
  const waiting = scenarios.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const { name, play } of waiting) {
      await test.step({
        name,
        fn: play,
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  }));
}
