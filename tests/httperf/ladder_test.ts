/** What of httperf climbs. @module */

import assert from "node:assert/strict";
import { resolveSettings } from "../../core/command/settings.ts";
import { UsageError } from "../../core/errors.ts";
import { HTTPERF_FLAGS } from "../../httperf/flags.ts";
import { httperfLadder, valuesOnRung } from "../../httperf/ladder.ts";

function given(flags: Readonly<Record<string, string>>) {
  const texts = Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]));
  const settings = { command: "httperf", flags: texts, env: () => undefined };
  return resolveSettings(HTTPERF_FLAGS, settings);
}

function asked(flags: Readonly<Record<string, string>>) {
  return httperfLadder(given(flags));
}

Deno.test("request loops climb unless there is a rate, which climbs then", () => {
  assert.equal(asked({ "base-url": "https://h:1" }), undefined);
  assert.equal(asked({ ladder: "1,2" })?.flag, "threads");
  assert.equal(asked({ ladder: "1,2", rate: "poisson:5/s" })?.flag, "rate");
  assert.equal(asked({ ladder: "connections=1,2" })?.flag, "connections");
  assert.deepEqual(asked({ "find-max": "true", rate: "300/m" })?.way, {
    kind: "search",
    startLevel: 5,
    lowestLevel: 0.005,
    highestLevel: 5_000,
    toleranceRatio: 0.05,
  });
});

Deno.test("a rung has the level where the flag was, in the form that the flag has", () => {
  const valuesAt = (flags: Readonly<Record<string, string>>, level: number) =>
    valuesOnRung(given(flags).values, asked(flags)!, level);
  assert.equal(valuesAt({ ladder: "1,2" }, 7).threads, 7);
  assert.equal(valuesAt({ ladder: "1,2", rate: "poisson:300/m" }, 7).rate, "poisson:7/s");
  assert.equal(valuesAt({ ladder: "rate=1,2" }, 7).rate, "constant:7/s");
  const connections = valuesAt({ ladder: "connections=1,2", workers: "4" }, 2);
  assert.deepEqual([connections.connections, connections.workers], [2, 2]);
});

Deno.test("a ladder that a client could not climb is refused in one line", () => {
  const cases: [Readonly<Record<string, string>>, string][] = [
    [{ ladder: "1,2", listen: "8080" }, "--ladder is for a client: give --base-url"],
    [
      { "find-max": "threads", rate: "5/s" },
      "--find-max: --threads has no effect with --rate, which climbs instead",
    ],
    [
      { ladder: "1,2", rate: "ramp:1/s..5/s@3s" },
      "--ladder: --rate ramp:1/s..5/s@3s has no one rate; expected a constant, poisson or uniform one",
    ],
    [{ "find-max": "rate" }, "--find-max begins at the value of --rate: give one"],
    [
      { ladder: "1,2", bytes: "1MB" },
      "--bytes does not go with --ladder: a rung lasts for --settle and --stage-duration",
    ],
  ];
  for (const [flags, message] of cases) {
    assert.throws(() => asked(flags), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, message);
      return true;
    });
  }
});
