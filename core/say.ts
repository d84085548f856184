/**
 * Lines for the user, and how a text that somebody else wrote is shown in them: a control character could
 * repaint what stands on the terminal, a line feed add a line that nobody here wrote. Formats for
 * programs keep every text.
 * @module
 */

/** Takes one line, without its end. Where it goes is nobody's business who says it. */
export type Say = (line: string) => void;

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
