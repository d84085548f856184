import assert from "node:assert/strict";
import { PilotWatch } from "../../../../probes/gateway/attached_routes/pilot_watch.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { ScriptedAsker, type Told } from "../answers/asking.ts";

interface Script {
  /** What the data plane answers at a time. */
  readonly at: (askedMs: number) => Told;
  /** Whether the Gateway counts too few at a time. */
  readonly isLostAt?: (ms: number) => boolean;
}

/** What is told of one second, after which the watch is ended. */
async function watched({ at, isLostAt = () => false }: Script) {
  const clock = new FakeClock();
  const counted: unknown[] = [];
  const warnings: string[] = [];
  const { signal: never } = new AbortController();
  const watch = new PilotWatch({
    run: {
      clock,
      recorder: {
        count: (_name, amount, { atMs, tags }) => {
          counted.push([amount, atMs, tags?.["counted"]]);
        },
      },
      stopping: never,
      aborted: never,
      warn: (_code, message) => warnings.push(message),
    },
    pilot: { host: "pilot.example.com", expected: { path: "/", status: 200 } },
    asker: new ScriptedAsker(clock, at),
    count: {
      gateway: { tag: "gw/one" },
      get isLost() {
        return isLostAt(clock.now());
      },
    },
  });
  await clock.advance(1_000);
  await watch[Symbol.asyncDispose]();
  assert.equal(clock.sleeperCount, 0);
  return { counted, warnings };
}

Deno.test("a route that is served all the time is nothing to tell of", async () => {
  assert.deepEqual(await watched({ at: () => 200 }), { counted: [], warnings: [] });
});

Deno.test("each time that it is not served is one lapse, from the first other answer on", async () => {
  const isBad = (ms: number) => ms >= 200 && ms < 400 || ms === 600;
  const { counted, warnings } = await watched({ at: (ms) => isBad(ms) ? 404 : 200 });
  assert.deepEqual(counted, [[1, 200, "yes"], [1, 600, "yes"]]);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /^The first route of Gateway gw\/one, .* not served 2 times, .* about 200ms: http-404, while its listener went on counting it$/,
  );
});

Deno.test("a lapse in which the Gateway at any time counts too few is of both", async () => {
  const { counted, warnings } = await watched({
    at: (ms) => ms >= 200 && ms < 400 ? "connection-refused" : 200,
    isLostAt: (ms) => ms === 300,
  });
  assert.deepEqual(counted, [[1, 200, "no"]]);
  assert.match(warnings[0]!, /connection-refused, while its listener counted too few routes$/);
});

Deno.test("a lapse that goes on to the end is told", async () => {
  const { counted } = await watched({ at: (ms) => ms >= 800 ? 503 : 200 });
  assert.deepEqual(counted, [[1, 800, "yes"]]);
});
