/**
 * How do per-operation files and timestamp annotations write an instant? In the formats of the
 * original scale-test programs, so that old readers read new files and new readers old ones. Never
 * asks what time it is.
 * @module
 */

/** Annotations with the time immediately before the request was sent, by the driver's clock. */
export const CREATE_TIMESTAMP = "scaletest/createTimestamp";
export const UPDATE_TIMESTAMP = "scaletest/updateTimestamp";

const MS_PER_MINUTE = 60_000;

/** Length of `YYYY-MM-DDThh:mm:ss.`, what an ISO instant has before its milliseconds. */
const ISO_SECOND_LENGTH = 20;
/** Seconds whose text is kept: rows of one moment have times of it and of the few before. */
const MOST_SECONDS = 64;

const ROW_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/;

/**
 * The layout `2006-01-02 15:04:05.000 -0700` as Go's time.Parse reads it: an hour may have one
 * digit, a comma may stand for the point, blanks may be more than one.
 * Source: Go, package time, func Parse.
 */
const ANNOTATION_TIME =
  /^(\d{4}-\d\d-\d\d) +(\d{1,2}):(\d\d):(\d\d)[.,](\d{3}) +([+-])(\d\d)(\d\d)$/;
/** Go takes offsets up to these, beyond any zone there is. */
const LARGEST_OFFSET_HOURS = 24;
const LARGEST_OFFSET_MINUTES = 60;

/**
 * The instant in UTC as `YYYY-MM-DD hh:mm:ss.mmm`, milliseconds truncated. Years 0 to 9999.
 * @param instant a date, or ms since 1970
 * @throws {RangeError} if the date is invalid
 */
export function formatRowTime(instant: Date | number): string {
  const time = typeof instant === "number" ? Math.trunc(instant) : instant.getTime();
  const second = Math.floor(time / 1_000);
  const ms = time - second * 1_000;
  const text = textOfSecond.get(second) ?? formatSecond(new Date(time), second);
  return ms >= 100 ? text + ms : ms >= 10 ? `${text}0${ms}` : `${text}00${ms}`;
}

const textOfSecond = new Map<number, string>();

/** The text up to the milliseconds, kept: making it is most of the cost of a row. */
function formatSecond(date: Date, second: number): string {
  const text = date.toISOString().slice(0, ISO_SECOND_LENGTH).replace("T", " ");
  if (textOfSecond.size >= MOST_SECONDS) textOfSecond.clear();
  textOfSecond.set(second, text);
  return text;
}

/**
 * Milliseconds since 1970 of a {@link formatRowTime} text.
 * @throws {SyntaxError} if it is no such text, or no day of the calendar
 */
export function parseRowTime(text: string): number {
  const ms = ROW_TIME.test(text) ? Date.parse(`${text.replace(" ", "T")}Z`) : NaN;
  // JavaScript takes the 30th of February and 24:00 for the day after.
  if (Number.isNaN(ms) || formatRowTime(new Date(ms)) !== text) {
    throw new SyntaxError(`Cannot read time "${text}": expected YYYY-MM-DD hh:mm:ss.mmm`);
  }
  return ms;
}

/**
 * The instant in the local zone of this machine as Go's layout `2006-01-02 15:04:05.000 -0700`, for
 * the annotations `scaletest/createTimestamp` and `scaletest/updateTimestamp`.
 * @throws {RangeError} if the date is invalid
 */
export function formatAnnotationTime(date: Date): string {
  const offsetMinutes = -Math.round(date.getTimezoneOffset());
  const local = new Date(date.getTime() + offsetMinutes * MS_PER_MINUTE);
  return `${formatRowTime(local)} ${formatOffset(offsetMinutes)}`;
}

let formattedOffset = { minutes: 0, text: "+0000" };

/** Only a change to or from summer time makes another text, so the last one is nearly always right. */
function formatOffset(minutes: number): string {
  if (minutes !== formattedOffset.minutes) {
    const size = Math.abs(minutes);
    const digits = Math.floor(size / 60) * 100 + size % 60;
    const text = (minutes < 0 ? "-" : "+") + String(digits).padStart(4, "0");
    formattedOffset = { minutes, text };
  }
  return formattedOffset.text;
}

/**
 * Milliseconds since 1970 of an annotation. Takes and refuses what Go's time.Parse does with that
 * layout, so other than three digits of a second are refused.
 * @throws {SyntaxError} if Go could not read it either
 */
export function parseAnnotationTime(text: string): number {
  const [, day, hour = "", minute, second, fraction, sign, offsetHours, offsetMinutes] =
    ANNOTATION_TIME.exec(text) ?? [];
  const isOffset = Number(offsetHours) <= LARGEST_OFFSET_HOURS &&
    Number(offsetMinutes) <= LARGEST_OFFSET_MINUTES;
  const clock = `${hour.padStart(2, "0")}:${minute}:${second}.${fraction}`;
  try {
    if (day === undefined || !isOffset) throw new SyntaxError(text);
    const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
    return parseRowTime(`${day} ${clock}`) - (sign === "-" ? -1 : 1) * offset * MS_PER_MINUTE;
  } catch {
    throw new SyntaxError(
      `Cannot read timestamp "${text}": expected YYYY-MM-DD hh:mm:ss.mmm +hhmm`,
    );
  }
}
