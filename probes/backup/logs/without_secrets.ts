/**
 * What may be shown of a text that a program of others has logged? Hides the secrets that are known,
 * and what looks like credentials. Pure.
 * @module
 */

const HIDDEN = "***";

/** As programs log them of their requests: behind a scheme or a name, and in an address. */
const CREDENTIALS = [
  /\b((?:bearer|basic)\s+|(?:password|passwd|token)["']?\s*[:=]\s*["']?)[^\s"',]+/gi,
  /(:\/\/)[^\s/@]+(?=@)/g,
];

/** @param secrets passwords, and how they are encoded; empty ones count for nothing */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter((one) => one !== "").sort((a, b) => b.length - a.length);
  let shown = text;
  for (const secret of longestFirst) shown = shown.replaceAll(secret, HIDDEN);
  for (const credentials of CREDENTIALS) shown = shown.replaceAll(credentials, `$1${HIDDEN}`);
  return shown;
}
