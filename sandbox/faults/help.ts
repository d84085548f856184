/** What can go wrong, as text for `--help`: every fault with its value, and what may follow it. @module */

import { REQUEST_KINDS } from "../request_kind.ts";
import type { FaultKind } from "./fault.ts";
import { KIND_GROUPS } from "./fault_spec.ts";
import { FAULTS } from "./mod.ts";

/** Lines that begin with blanks are not wrapped. */
export function faultsHelp(): string {
  const terms = FAULTS.map(termOf);
  const width = Math.max(...terms.map((term) => term.length));
  const lines = FAULTS.map(({ does }, index) => `  ${terms[index]!.padEnd(width)}  ${does}`);
  const groups = Object.keys(KIND_GROUPS).join(", ");
  return `Faults (in capitals a value, and what it is unless given):
${lines.join("\n")}
May follow, separated by commas:
  share=S     hit this share of the requests, drawn from the seed; 1
  on=KINDS    hit these, joined by +: ${REQUEST_KINDS.join(", ")};
              or ${groups}. Unless given: creates, updates and watches, as far as the fault
              concerns them, so that a load fails and not its set-up or its clean-up
  after=D     begin so long after the first such request; 0s
  for=D       end so long after that; never`;
}

function termOf({ name, value, needsValue }: FaultKind): string {
  if (value === undefined) return name;
  const [is = "", defaultText] = value.is.split(", ");
  const term = is.toUpperCase().replaceAll(" ", "-");
  return needsValue || defaultText === undefined
    ? `${name}=${term}`
    : `${name}[=${term}] (${defaultText})`;
}
