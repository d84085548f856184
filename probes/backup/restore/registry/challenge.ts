/**
 * What does a server want to be shown that answers 401? Text to schemes with their parameters.
 * Source: RFC 9110, section 11.6.1 (WWW-Authenticate).
 * @module
 */

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const PARAMETER = /\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/y;
const SCHEME = /[\s,]*([\w!#$%&'*+.^`|~-]+)(?:\s+|$|(?=,))/y;

/** Those in the header, in their order, up to the first that cannot be read. */
export function challengesIn(header: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  for (let at = 0; at < header.length;) {
    const scheme = matchAt(SCHEME, header, at);
    if (scheme === null) break;
    at = SCHEME.lastIndex;
    const parameters: [name: string, value: string][] = [];
    for (let found; (found = matchAt(PARAMETER, header, at)) !== null; at = PARAMETER.lastIndex) {
      const [, name, quoted, bare] = found;
      parameters.push([name!.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? bare ?? ""]);
    }
    challenges.push({
      scheme: scheme[1]!.toLowerCase(),
      parameters: Object.fromEntries(parameters),
    });
  }
  return challenges;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
