/** One check never hides the others: neither by what it throws nor by taking for ever. */
import assert from "node:assert/strict";
import { type Check, CHECK_LIMIT_MS, makeChecks } from "../../../kube/doctor/check.ts";
import { StatusError } from "../../../kube/status_error.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const FINE: Check<string> = {
  id: "fine",
  look: (context) => [{ id: "fine", status: "ok", what: context }],
};

function throwing(error: unknown): Check<string> {
  return { id: "broken", look: () => Promise.reject(error) };
}

async function made(...checks: Check<string>[]) {
  const clock = new FakeClock();
  const findings = await makeChecks(checks, "seen", { clock });
  assert.equal(clock.sleeperCount, 0, "no timer is left");
  return findings.map(({ id, status, what }) => ({ id, status, what }));
}

Deno.test("findings come in the order of the checks", async () => {
  const other: Check<string> = { ...FINE, id: "other" };
  assert.deepEqual(await made(FINE, other, { id: "nothing", look: () => [] }), [
    { id: "fine", status: "ok", what: "seen" },
    { id: "fine", status: "ok", what: "seen" },
  ]);
});

Deno.test("what a check throws is a finding that this is unknown, and the others stay", async () => {
  const late: Check<string> = {
    id: "late",
    look: () => {
      throw new Error("no such file");
    },
  };
  assert.deepEqual(await made(throwing(new TypeError("x is not")), late, FINE), [
    { id: "broken", status: "unknown", what: "Not known: x is not" },
    { id: "late", status: "unknown", what: "Not known: no such file" },
    { id: "fine", status: "ok", what: "seen" },
  ]);
});

Deno.test("a refusal is told from an accident", async () => {
  const status = { kind: "Status", reason: "Forbidden", message: "quotas is forbidden" } as const;
  assert.deepEqual(await made(throwing(new StatusError(status, { code: 403 }))), [
    { id: "broken", status: "unknown", what: "This user may not look: quotas is forbidden" },
  ]);
});

Deno.test("a check that takes for ever is given up, and its signal aborts", async () => {
  const clock = new FakeClock();
  let given: AbortSignal | undefined;
  const endless: Check<string> = {
    id: "endless",
    look: (_, signal) => {
      given = signal;
      return new Promise(() => {});
    },
  };
  const findings = makeChecks([endless, FINE], "seen", { clock });
  await clock.advance(CHECK_LIMIT_MS - 1);
  assert.equal(given?.aborted, false);
  await clock.advance(1);
  assert.equal(given?.aborted, true);
  assert.deepEqual((await findings).map(({ id, status, what }) => [id, status, what]), [
    ["endless", "unknown", "Not known: no answer in 10s"],
    ["fine", "ok", "seen"],
  ]);
  assert.equal(clock.sleeperCount, 0);
});
