/**
 * The faults of a stand-in that has an API server behind it: its own, and then those of the API server.
 * Whose is one, and how does a flag take either?
 * @module
 */

import type { FlagKind } from "../../core/command/flags.ts";
import { type FaultSpec, parseFault } from "./fault_spec.ts";
import { readFaultText } from "./fault_text.ts";
import type { NamedFault } from "./fault_value.ts";
import { FAULTS } from "./mod.ts";

export interface OwnFaults<Kind extends NamedFault, Spec extends { readonly text: string }> {
  /** The kind of a fault of its own; undefined: the API server's, or nobody's. */
  kindOf(text: string): Kind | undefined;
  /** For the flag. */
  readonly flagKind: FlagKind<Spec | FaultSpec>;
}

/** @param parse of a fault of its own; throws a SyntaxError */
export function ownFaults<Kind extends NamedFault, Spec extends { readonly text: string }>(
  kinds: readonly Kind[],
  parse: (text: string) => Spec,
): OwnFaults<Kind, Spec> {
  const all: readonly NamedFault[] = [...kinds, ...FAULTS];
  const named = all.map(({ name, does }) => ({ name, does }));
  const kindOf = (text: string) => kinds.find(({ name }) => name === nameOf(text).trim());
  return {
    kindOf,
    flagKind: {
      placeholder: "fault[=value]",
      words: all.map(({ name }) => name),
      parse(text) {
        // For its complaint about a name that nobody has: it names all that there are.
        readFaultText(nameOf(text), { kinds: named, options: [] });
        return kindOf(text) === undefined ? parseFault(text) : parse(text);
      },
      format: ({ text }) => text,
    },
  };
}

function nameOf(text: string): string {
  return text.split(/[=,]/)[0]!;
}
