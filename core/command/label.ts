/** What a user calls a run, beside its id: `--label KEY=VALUE`. @module */

/** @throws {SyntaxError} if the text is not `KEY=VALUE` */
export function parseLabel(text: string): readonly [key: string, value: string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new SyntaxError(`must be key=value, not "${text}"`);
  }
  return [key, value];
}
