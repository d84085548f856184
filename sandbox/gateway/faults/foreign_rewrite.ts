/**
 * Another controller that takes a route's status for its own. Ours puts its entry back each time, and
 * so the two of them write for ever.
 * @module
 */

import { choice } from "../../../core/command/flags.ts";
import type { HttpRoute, ParentStatus } from "../objects.ts";
import { CONTROLLER_NAME } from "../options.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const FOREIGN_NAME = "scaletool.dev/foreign-gateway";
/** From a write of ours to its own. */
const REACTION_MS = 500;

type Rewrite = (own: readonly ParentStatus[]) => readonly ParentStatus[];

/** What becomes of our entries. */
const REWRITES = {
  replace: (own) => own.map((entry) => ({ ...entry, controllerName: FOREIGN_NAME })),
  duplicate: (own) => [...own, ...own],
  remove: () => [],
} satisfies Readonly<Record<string, Rewrite>>;
type How = keyof typeof REWRITES;
const WORDS = Object.keys(REWRITES) as How[];

export const foreignRewrite = valuedGatewayFault<How>({
  name: "foreign-rewrite",
  does: "another controller: replace, duplicate or remove entries",
  share: 0.1,
  value: { is: "HOW", kind: choice(WORDS), default: "replace" },
  start: (how) => ({
    rewriting: {
      delayMs: REACTION_MS,
      rewrite: (route) => rewritten(route, REWRITES[how]),
    },
  }),
});

/** Undefined: there is nothing of ours in it. */
function rewritten({ status }: HttpRoute, rewrite: Rewrite): ParentStatus[] | undefined {
  const { parents = [] } = status ?? {};
  const own = parents.filter(({ controllerName }) => controllerName === CONTROLLER_NAME);
  if (own.length === 0) return undefined;
  const others = parents.filter(({ controllerName }) =>
    controllerName !== CONTROLLER_NAME && controllerName !== FOREIGN_NAME
  );
  return [...others, ...rewrite(own)];
}
