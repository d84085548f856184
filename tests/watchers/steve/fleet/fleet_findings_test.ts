import assert from "node:assert/strict";
import { type AccountTotals, emptyTotals } from "../../../../watchers/steve/ledger/account.ts";
import { fleetFindings } from "../../../../watchers/steve/fleet/fleet_findings.ts";

const STABLE = {
  watchers: 100,
  stayed: 90,
  cameBack: 5,
  gone: 3,
  neverOpened: 2,
  fellSilent: 0,
  deadSubscriptions: 0,
};

function verdicts(totals: Partial<AccountTotals>, stability = STABLE) {
  const findings = fleetFindings({
    totals: [emptyTotals(), { ...emptyTotals(), ...totals }],
    examples: ["an example"],
    stability,
  });
  return findings.map(({ verdict, observed }) => [verdict, observed]);
}

Deno.test("all told, in time, once, and enough watchers at the end: pass", () => {
  assert.deepEqual(verdicts({ told: 95, late: 5, explained: 9, replayed: 9 }), [
    ["pass", "0 lost"],
    ["pass", "0 events missed"],
    ["pass", "95 %"],
    ["pass", "0 wrong"],
    ["pass", "95 %"],
  ]);
});

Deno.test("what silent watchers missed is not known: a few are borne, too many are no answer", () => {
  const silence = (fellSilent: number) =>
    verdicts({ told: 100 }, { ...STABLE, fellSilent }).slice(5);
  assert.deepEqual(silence(0), []);
  assert.deepEqual(silence(5), [["pass", "95 %"]]);
  assert.deepEqual(silence(6), [["inconclusive", "94 %"]]);
});

Deno.test("one lost event, missed notification or repeated message fails", () => {
  assert.deepEqual(
    verdicts({ told: 98, lost: 1, missed: 2, duplicates: 1, outOfOrder: 1 }).slice(0, 4),
    [
      ["fail", "1 lost"],
      ["fail", "2 events missed"],
      ["pass", "98 %"],
      ["fail", "2 wrong"],
    ],
  );
  assert.deepEqual(verdicts({ lost: 1 }).slice(0, 3), [
    ["fail", "1 lost"],
    ["pass", "0 events missed"],
    ["inconclusive", null],
  ]);
});

Deno.test("where many are late, it is not known whether a notification is missing", () => {
  assert.deepEqual(verdicts({ told: 90, late: 4, missed: 6 }).slice(0, 3), [
    ["pass", "0 lost"],
    ["inconclusive", "6 events missed"],
    ["fail", "90 %"],
  ]);
  assert.deepEqual(verdicts({ told: 90, late: 10 })[1], ["pass", "0 events missed"]);
  const maybeLate = verdicts({ told: 90, missed: 1, maybeLate: 9 })[1];
  assert.deepEqual(maybeLate, ["inconclusive", "1 events missed"]);
});

Deno.test("too many late ones, or too many watchers that stay away, fail; the share is not rounded up", () => {
  const stability = { ...STABLE, stayed: 89, gone: 4 };
  const [, , inTime, , stable] = verdicts({ told: 94_999, late: 5_001 }, stability);
  assert.deepEqual([inTime, stable], [["fail", "94.99 %"], ["fail", "94 %"]]);
});

Deno.test("what lag of our own can explain is neither a pass nor a failure", () => {
  assert.deepEqual(verdicts({ told: 90, maybeLost: 1, maybeMissed: 4, maybeLate: 6 }).slice(0, 3), [
    ["inconclusive", "0 to 1 lost"],
    ["inconclusive", "0 to 4 events missed"],
    ["inconclusive", "90 % to 100 %"],
  ]);
  // One certain failure is one, and enough in time are enough.
  assert.deepEqual(verdicts({ told: 98, lost: 1, maybeLost: 9, maybeLate: 1 }).slice(0, 3), [
    ["fail", "1 lost"],
    ["pass", "0 events missed"],
    ["pass", "98.98 %"],
  ]);
  assert.deepEqual(verdicts({ told: 80, late: 15, maybeLate: 5 })[2], ["fail", "80 %"]);
});

Deno.test("what dead sockets may have swallowed is neither a pass nor a failure, unless more was lost", () => {
  assert.deepEqual(verdicts({ told: 90, unproven: 3 }).slice(0, 3), [
    ["inconclusive", "0 to 3 lost"],
    ["pass", "0 events missed"],
    ["pass", "100 %"],
  ]);
  assert.deepEqual(verdicts({ unproven: 3, maybeLost: 1 })[0], ["inconclusive", "0 to 4 lost"]);
  assert.deepEqual(verdicts({ told: 90, lost: 1, unproven: 3 })[0], ["fail", "1 lost"]);
});

Deno.test("where nothing was to be told, nothing is known", () => {
  const none = { ...STABLE, watchers: 0 };
  const expected = Array.from({ length: 5 }, () => ["inconclusive", null]);
  assert.deepEqual(verdicts({ explained: 5 }, none), expected);
});
