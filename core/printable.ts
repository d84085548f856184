/**
 * How is a text that somebody else wrote shown on a terminal? A control character could repaint what
 * stands there, a line feed add a line that nobody here wrote. Formats for programs keep every text.
 * @module
 */

/** C0, DEL, C1, and what turns the order of the letters around it. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}]/gu;
const REPLACEMENT = "\u{fffd}";

/** For part of a line: white space other than spaces is one space, a control character U+FFFD. */
export function printable(text: string): string {
  return text.replace(/\s+/g, (run) => /^ +$/.test(run) ? run : " ")
    .replace(UNPRINTABLE, REPLACEMENT);
}

/** For lines: as {@link printable}, but each line feed stays. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
