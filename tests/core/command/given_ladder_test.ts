/** What the flags of a ladder ask for, and which of them contradict each other. @module */

import assert from "node:assert/strict";
import { LADDER_FLAGS } from "../../../core/command/ladder_flags.ts";
import { type ClimbOptions, ladderOf, ladderSections } from "../../../core/command/given_ladder.ts";
import { RUN_FLAGS } from "../../../core/command/run_flags.ts";
import { flag, integer, text } from "../../../core/command/flags.ts";
import { resolveSettings } from "../../../core/command/settings.ts";
import { UsageError } from "../../../core/errors.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";

const FLAGS = {
  rate: flag(text("arrival"), { help: "" }),
  threads: flag(integer({ min: 1, max: 100 }), { help: "", default: 2 }),
  connections: flag(integer({ min: 1 }), { help: "", default: 1 }),
  requests: flag(integer({ min: 1 }), { help: "" }),
  ...LADDER_FLAGS,
  ...RUN_FLAGS,
};

function optionsOf(startPerSec?: number): ClimbOptions {
  return {
    climbables: [
      { flag: "threads", unit: "threads", isWhole: true, highest: 100, startLevel: 2 },
      { flag: "connections", unit: "connections", isWhole: true, startLevel: 1 },
      { flag: "rate", unit: "requests/s", isWhole: false, startLevel: startPerSec, hasForm: true },
    ],
    limits: ["requests"],
  };
}

/** Of flags as they are typed, `name=value`. */
function asked(typed: readonly string[], options = optionsOf()): Ladder | undefined {
  const flags = Object.fromEntries(typed.map((one) => {
    const at = one.indexOf("=");
    return [one.slice(0, at), [one.slice(at + 1)]];
  }));
  return ladderOf(
    resolveSettings(FLAGS, { command: "load", flags, env: () => undefined }),
    options,
  );
}

Deno.test("without --ladder and --find-max nothing climbs", () => {
  assert.equal(asked([]), undefined);
  assert.equal(asked(["find-max=false"]), undefined);
});

Deno.test("a ladder climbs the command's main flag, or the one that is named", () => {
  assert.deepEqual(asked(["ladder=1,2,4"]), {
    flag: "threads",
    unit: "threads",
    isWhole: true,
    way: { kind: "levels", levels: [1, 2, 4], climbsOn: false },
    classes: ["healthy", "breaking"],
    settleMs: 5_000,
    stageDurationMs: 30_000,
    pauseMs: 2_000,
  });
  for (const named of ["connections=1..8*2", " connections = 1..8*2"]) {
    const ladder = asked([`ladder=${named}`, "climb-on=true", "settle=1s", "pause=0"]);
    assert.equal(ladder?.flag, "connections");
    assert.deepEqual(ladder?.way, { kind: "levels", levels: [1, 2, 4, 8], climbsOn: true });
    assert.deepEqual([ladder?.settleMs, ladder?.pauseMs], [1_000, 0]);
  }
});

Deno.test("usual levels are climbed unless one is given, in classes of the command's own", () => {
  const options = {
    ...optionsOf(),
    usualLevels: "10,25,50",
    own: {
      classes: [{ name: "good", holds: ["request.p95 < 1s"] }, { name: "bearable", holds: [] }],
    },
  };
  const usual = asked(["climb-on=true"], options);
  assert.deepEqual(usual?.way, { kind: "levels", levels: [10, 25, 50], climbsOn: true });
  assert.deepEqual(usual?.classes, ["good", "bearable"]);
  const one = { ...options, climbables: [{ ...options.climbables[0], startLevel: 4 }] } as const;
  assert.deepEqual(asked(["threads=4"], one)?.way, {
    kind: "levels",
    levels: [4],
    climbsOn: false,
  });
  assert.deepEqual(asked(["ladder=1,2"], options)?.way, {
    kind: "levels",
    levels: [1, 2],
    climbsOn: false,
  });
  const huge = {
    ...options,
    climbables: [{ ...options.climbables[0], startLevel: 1e12 }],
  } as const;
  assert.throws(() => asked(["threads=4"], huge), { message: /^--threads: Cannot read levels/ });
  const named = asked(["ladder=1,2", "class=quick: request.p95 < 1ms"], options);
  assert.deepEqual(named?.classes, ["quick", "breaking"]);
});

Deno.test("a search begins at the value of its flag, and has bounds", () => {
  assert.deepEqual(asked(["find-max=true", "tolerance=10%"])?.way, {
    kind: "search",
    startLevel: 2,
    lowestLevel: 1,
    highestLevel: 100,
    toleranceRatio: 0.1,
  });
  assert.deepEqual(asked(["find-max=rate", "max-level=300"], optionsOf(50))?.way, {
    kind: "search",
    startLevel: 50,
    lowestLevel: 0.05,
    highestLevel: 300,
    toleranceRatio: 0.05,
  });
});

Deno.test("flags that contradict each other are refused with one line before any load", () => {
  const cases: [string[], string][] = [
    [
      ["ladder=1,2", "find-max=true"],
      "--ladder and --find-max exclude each other: name the levels, or have the highest found",
    ],
    [
      ["ladder=1,2", "duration=1m"],
      "--duration does not go with --ladder: a rung lasts for --settle and --stage-duration",
    ],
    [
      ["find-max=true", "warmup=1m"],
      "--warmup does not go with --find-max: a rung lasts for --settle and --stage-duration",
    ],
    [
      ["ladder=1,2", "requests=5"],
      "--requests does not go with --ladder: a rung lasts for --settle and --stage-duration",
    ],
    [
      ["ladder=1,2", "threads=5"],
      "--threads does not go with a --ladder of it, which says what it is on each rung",
    ],
    [
      ["ladder=conections=1,2"],
      '--ladder: "conections" cannot climb (did you mean "connections"?); ' +
      "expected one of threads, connections, rate",
    ],
    [
      ["find-max=workers"],
      '--find-max: "workers" cannot climb; expected one of threads, connections, rate',
    ],
    [["find-max=rate"], "--find-max begins at the value of --rate: give one"],
    [
      ["ladder=1.5"],
      '--ladder: Cannot read levels "1.5": expected a whole number, not "1.5"',
    ],
    [["ladder=1,200"], "--ladder: --threads must be at most 100, not 200"],
    [
      ["ladder=2,1"],
      '--ladder: Cannot use levels "2,1": each must be above the one before, and 1 is not above 2',
    ],
    [["settle=1s"], "--settle goes with --ladder or --find-max"],
    [["stage-duration=1s"], "--stage-duration goes with --ladder or --find-max"],
    [["tolerance=1%", "ladder=1,2"], "--tolerance goes with --find-max"],
    [["max-level=9", "ladder=1,2"], "--max-level goes with --find-max"],
    [["climb-on=true", "find-max=true"], "--climb-on goes with --ladder"],
    [
      ["find-max=true", "max-level=1"],
      "--max-level must be at least --threads (2) and at most 100, not 1",
    ],
    [
      ["find-max=true", "max-level=2.5"],
      "--max-level must be a whole number, as --threads is, not 2.5",
    ],
    [["find-max=true", "tolerance=0"], '--tolerance must be a share between 0.1% and 50%, not "0"'],
    [["find-max=true", "tolerance=5"], '--tolerance must be a share between 0.1% and 50%, not "5"'],
  ];
  for (const [typed, message] of cases) {
    assert.throws(() => asked(typed), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, message);
      return true;
    });
  }
});

Deno.test("a dry run shows the rungs and how long they take at most", () => {
  const sections = (typed: string[]) => ladderSections(asked(typed)!).map(({ value }) => value);
  assert.deepEqual(sections(["ladder=1..8*2"]), [
    "--threads 1, 2, 4, 8; the first that breaks is the last",
    "5s to settle, 30s judged, 2s pause",
    "at most 2m26s for 4 rungs",
  ]);
  assert.deepEqual(sections(["find-max=true"]), [
    "--threads from 2 on, at most 100, until the limit is known to 5%",
    "5s to settle, 30s judged, 2s pause",
    "at most 36m58s for 60 rungs",
  ]);
});

Deno.test("a dry run shows the classes of a command's own", () => {
  const classes = [{ name: "healthy", holds: ["chat.p95 < 1s", "chat.failed.ratio < 1%"] }, {
    name: "breaking",
    holds: [],
  }];
  assert.deepEqual(ladderSections(asked(["ladder=1,2"])!, classes).at(-1), {
    title: "classes",
    value: ["healthy: chat.p95 < 1s, chat.failed.ratio < 1%", "breaking: anything else"],
  });
});
