import assert from "node:assert/strict";
import { tickStartOf } from "../../../../probes/backup/accounting/tick_start.ts";

function startOf(schedule: string, periodMs: number) {
  const backupCronJob = { enable: true, schedule, registry: { path: "quay.io/me" } };
  const start = tickStartOf({ backupCronJob, periodMs });
  return (end: string) => {
    const ms = start(Date.parse(end));
    return ms === undefined ? undefined : new Date(ms).toISOString();
  };
}

Deno.test("a tick began at the last time that the schedule had until its end", () => {
  const everyMinute = startOf("*/1 * * * *", 60_000);
  assert.equal(everyMinute("2026-01-01T00:05:30Z"), "2026-01-01T00:05:00.000Z");
  assert.equal(everyMinute("2026-01-01T00:05:00Z"), "2026-01-01T00:05:00.000Z");
  const tenth = startOf("*/10 * * * *", 600_000);
  assert.equal(tenth("2026-01-01T00:19:59Z"), "2026-01-01T00:10:00.000Z");
});

Deno.test("of @every nobody can tell", () => {
  assert.equal(startOf("@every 10s", 10_000)("2026-01-01T00:05:30Z"), undefined);
});
