/**
 * A URL that a user gives, in flags and files: what it may hold, and how it is shown. Where a user and
 * password would be printed, stored and sent on, they are refused; values of a query may be tokens.
 * @module
 */

export interface UrlRules {
  /** For messages. */
  readonly example: string;
  /** What a text without a scheme is read with; absent: it needs one. */
  readonly bareScheme?: "http" | "https";
  /** Whether it may have a query or fragment. */
  readonly takesQuery?: boolean;
}

/**
 * An `http://` or `https://` URL.
 * @throws {SyntaxError} that begins with "must"; quotes nothing that could hold a secret
 */
export function parseServerUrl(
  text: string,
  { example, bareScheme, takesQuery = false }: UrlRules,
): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(hasScheme || bareScheme === undefined ? text : `${bareScheme}://${text}`);
  if (url !== null && url.username + url.password !== "") {
    throw new SyntaxError("must not hold a user or password");
  }
  if (url !== null && /^https?:$/.test(url.protocol)) {
    if (takesQuery || url.search + url.hash === "") return url;
    throw new SyntaxError("must not have a query");
  }
  const quoted = /[@?#]/.test(text) ? "" : `, not "${text}"`;
  throw new SyntaxError(`must be a URL such as ${example}${quoted}`);
}

/** Without a user and password, and without what is in its query and fragment. */
export function shownUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, "$1//").replace(/[?#].+$/s, "?...");
}
