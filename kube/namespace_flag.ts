/** The name of a namespace as a flag takes it: what no server would take is refused before any is asked. @module */

import { type FlagKind, readable } from "../core/command/flags.ts";

const LONGEST = 63;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * @param room characters that may come after it, in names of further namespaces
 * Source: RFC 1123 label, as apimachinery's IsDNS1123Label has it.
 */
export function namespaceName({ room = 0 }: { readonly room?: number } = {}): FlagKind<string> {
  const longest = LONGEST - room;
  return readable("name", (text) => {
    if (LABEL.test(text) && text.length <= longest) return;
    throw new SyntaxError(
      `must be at most ${longest} of a-z, 0-9 and "-", beginning and ending with a letter or digit, not "${text}"`,
    );
  });
}
