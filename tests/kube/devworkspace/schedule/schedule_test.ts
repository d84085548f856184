import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { longestWaitMs, parseSchedule } from "../../../../kube/devworkspace/schedule/schedule.ts";

/** Made by the Go program beside it from robfig/cron v3.0.0. */
const VECTORS = new URL("../../../testdata/robfig_cron/vectors.json", import.meta.url);

interface Vector {
  readonly schedule: string;
  readonly taken: boolean;
  readonly from?: string;
  /** Null: never again. */
  readonly next?: readonly (string | null)[];
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(VECTORS, "utf8"));

Deno.test("the operator's cron library takes these schedules, and has its ticks at these times", () => {
  for (const { schedule, from, next = [] } of vectors.filter(({ taken }) => taken)) {
    const parsed = parseSchedule(schedule);
    const ticks: (string | null)[] = [];
    let atMs: number | undefined = Date.parse(from!);
    for (const _ of next) {
      atMs = parsed.nextAfter(atMs!);
      ticks.push(atMs === undefined ? null : new Date(atMs).toISOString().replace(".000", ""));
    }
    assert.deepEqual(ticks, next, schedule);
  }
});

Deno.test("the operator's cron library refuses these schedules", () => {
  for (const { schedule } of vectors.filter(({ taken }) => !taken)) {
    assert.throws(() => parseSchedule(schedule), SyntaxError, schedule);
  }
});

Deno.test("a schedule that cannot be read is told in one line", () => {
  const messages = ["0 0 * *", "61 * * * *", "@every 5", "@often", "TZ=Mars/Base 0 6 * * *"]
    .map((schedule) => {
      try {
        parseSchedule(schedule);
      } catch (thrown) {
        return (thrown as Error).message;
      }
    });
  assert.deepEqual(messages, [
    'cannot read schedule "0 0 * *": it has 4 fields instead of 5: minute, hour, day of the month, month, day of the week',
    'cannot read schedule "61 * * * *": "61" is no range of minutes from 0 to 59',
    'cannot read schedule "@every 5": "5" is no duration such as 90s or 1h30m',
    'cannot read schedule "@often": it is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every DURATION',
    'cannot read schedule "TZ=Mars/Base 0 6 * * *": there is no time zone "Mars/Base"',
  ]);
});

Deno.test("without a zone of its own a schedule is in that of the operator's machine", () => {
  const fromMs = Date.parse("2026-07-01T00:00:00Z");
  const tick = (schedule: string, localZone?: string) =>
    new Date(
      parseSchedule(schedule, localZone === undefined ? {} : { localZone }).nextAfter(fromMs)!,
    ).toISOString();
  assert.equal(tick("0 6 * * *"), "2026-07-01T06:00:00.000Z");
  assert.equal(tick("0 6 * * *", "Europe/Berlin"), "2026-07-01T04:00:00.000Z");
  assert.equal(tick("TZ=Local 0 6 * * *", "Europe/Berlin"), "2026-07-01T04:00:00.000Z");
  assert.equal(tick("CRON_TZ=Asia/Tokyo 0 6 * * *", "Europe/Berlin"), "2026-07-01T21:00:00.000Z");
});

Deno.test("the longest wait is over the next ticks, the time to the first one included", () => {
  const fromMs = Date.parse("2026-07-03T18:00:30Z"); // a Friday
  const wait = (schedule: string) => longestWaitMs(parseSchedule(schedule), fromMs);
  assert.equal(wait("* * * * *"), 60_000);
  assert.equal(wait("@every 10s"), 10_000);
  assert.equal(wait("0,50 * * * *"), 50 * 60_000);
  assert.equal(wait("* 9-17 * * 1-5"), (2 * 24 + 15) * 3_600_000 - 30_000);
  assert.equal(wait("0 0 31 2 *"), undefined);
});

Deno.test("a tick is later than what it comes after, and the next one after just before it", () => {
  const value = (least: number, most: number) =>
    fc.oneof(fc.integer({ min: least, max: most }).map(String), fc.constant("*"));
  const line = fc.tuple(value(0, 59), value(0, 23), value(1, 28), value(1, 12), value(0, 6));
  const at = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2050) });
  fc.assert(fc.property(line, at, (fields, atMs) => {
    const schedule = parseSchedule(fields.join(" "));
    const nextMs = schedule.nextAfter(atMs)!;
    assert.ok(nextMs > atMs && nextMs % 60_000 === 0);
    assert.equal(schedule.nextAfter(nextMs - 1), nextMs);
    if (nextMs - atMs > 60_000) assert.equal(schedule.nextAfter(nextMs - 60_000), nextMs);
  }));
});
