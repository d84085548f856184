/**
 * When do clocks show next what a cron line asks for? Step by step as robfig/cron looks for it, so
 * that the answer is the same where clocks are turned: an hour that is left out has no ticks, one
 * that comes twice has them twice, and where midnight is left out that day may have none.
 * Source: robfig/cron v3.0.0, spec.go, Next.
 * @module
 */

import type { CronFields } from "./cron_fields.ts";
import type { TimeZone } from "./time_zone.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What does not come in this time never comes. */
const MOST_YEARS = 5;

/** Epoch ms, a full minute later than `afterMs`; undefined: there is none. */
export function nextMatch(
  fields: CronFields,
  { zone, afterMs }: { zone: TimeZone; afterMs: number },
): number | undefined {
  // Every minute of five years would be looked at.
  if ([fields.minute, fields.hour, fields.month].some(({ values }) => values.size === 0)) return;
  const search = new Search(fields, zone, Math.floor(afterMs / SECOND_MS) * SECOND_MS + SECOND_MS);
  const lastYear = search.wall.getUTCFullYear() + MOST_YEARS;
  while (search.wall.getUTCFullYear() <= lastYear) {
    const isFound = search.toMonth() && search.toDay() && search.toHour() && search.toMinute() &&
      search.toFullMinute();
    if (isFound) return search.atMs;
  }
}

/** Each step is false where the one before it has to be looked at again. */
class Search {
  readonly #fields: CronFields;
  readonly #zone: TimeZone;
  #hasMoved = false;
  atMs: number;
  /** What the clocks show, in the UTC fields. */
  wall: Date;

  constructor(fields: CronFields, zone: TimeZone, atMs: number) {
    this.#fields = fields;
    this.#zone = zone;
    this.atMs = atMs;
    this.wall = new Date(zone.wallAt(atMs));
  }

  toMonth(): boolean {
    while (!this.#fields.month.values.has(this.wall.getUTCMonth() + 1)) {
      this.#onFirstMove(() => this.#goToDate({ day: 1 }));
      this.#goToDate({ months: 1, keepsTime: true });
      if (this.wall.getUTCMonth() === 0) return false;
    }
    return true;
  }

  toDay(): boolean {
    while (!this.#isDay()) {
      this.#onFirstMove(() => this.#goToDate({}));
      this.#goToDate({ day: this.wall.getUTCDate() + 1, keepsTime: true });
      const hour = this.wall.getUTCHours();
      if (hour !== 0) this.#goTo(this.atMs + (hour > 12 ? 24 - hour : -hour) * HOUR_MS);
      if (this.wall.getUTCDate() === 1) return false;
    }
    return true;
  }

  toHour(): boolean {
    while (!this.#fields.hour.values.has(this.wall.getUTCHours())) {
      this.#onFirstMove(() => this.#goToDate({ hour: this.wall.getUTCHours() }));
      this.#goTo(this.atMs + HOUR_MS);
      if (this.wall.getUTCHours() === 0) return false;
    }
    return true;
  }

  toMinute(): boolean {
    while (!this.#fields.minute.values.has(this.wall.getUTCMinutes())) {
      this.#onFirstMove(() => this.#goTo(Math.floor(this.atMs / MINUTE_MS) * MINUTE_MS));
      this.#goTo(this.atMs + MINUTE_MS);
      if (this.wall.getUTCMinutes() === 0) return false;
    }
    return true;
  }

  toFullMinute(): boolean {
    const seconds = this.wall.getUTCSeconds();
    if (seconds === 0) return true;
    this.#hasMoved = true;
    this.#goTo(this.atMs + MINUTE_MS - seconds * SECOND_MS);
    return false;
  }

  #isDay(): boolean {
    const { dayOfMonth, dayOfWeek } = this.#fields;
    const fits = [
      dayOfMonth.values.has(this.wall.getUTCDate()),
      dayOfWeek.values.has(this.wall.getUTCDay()),
    ];
    const isAny = dayOfMonth.isAny || dayOfWeek.isAny;
    return isAny ? fits.every(Boolean) : fits.some(Boolean);
  }

  /** Smaller parts than the one that is stepped over begin at their least. */
  #onFirstMove(reset: () => void): void {
    if (!this.#hasMoved) reset();
    this.#hasMoved = true;
  }

  /** To a time of the calendar, which is at the full hour unless it keeps the time of the day. */
  #goToDate(
    { months = 0, day = this.wall.getUTCDate(), hour = 0, keepsTime = false }: {
      months?: number;
      day?: number;
      hour?: number;
      keepsTime?: boolean;
    },
  ): void {
    const { wall } = this;
    const timeMs = keepsTime ? wall.getTime() - startOfDay(wall) : hour * HOUR_MS;
    const dateMs = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + months, day);
    this.#goTo(this.#zone.instantOf(dateMs + timeMs));
  }

  #goTo(atMs: number): void {
    this.atMs = atMs;
    this.wall = new Date(this.#zone.wallAt(atMs));
  }
}

function startOfDay(wall: Date): number {
  return Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
}
