/**
 * How is a text written into a CSV cell so that no reader takes it for anything else? Quoted as
 * RFC 4180 has it, and with an apostrophe before what a spreadsheet would calculate.
 * Source of the signs: OWASP, "CSV Injection".
 * @module
 */

/** With the apostrophes of an earlier writing before it, so that reading gives back every text. */
const FORMULA = /^'*[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** For numbers, times and other texts of our own making. */
export function csvQuoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** For any text, e.g. a name or a server's message. */
export function csvText(text: string): string {
  return csvQuoted(FORMULA.test(text) ? `'${text}` : text);
}

/** The text that {@link csvText} was given, from the cell without its quotes. */
export function plainText(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
