/**
 * The conditions in CEL that can be judged here: those that commands may break. Nothing here reads CEL;
 * each is known by its text, and any other is taken to be met.
 * Source: gateway-api v1.5.1, config/crd/standard.
 * @module
 */

import type { SchemaRule } from "../discovery/schema.ts";

interface Rule {
  readonly matches?: readonly unknown[];
  readonly backendRefs?: readonly unknown[];
  readonly filters?: readonly { readonly requestRedirect?: unknown }[];
}

interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly port?: number;
}

interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
}

interface KnownRule extends SchemaRule {
  /** Defaults may not be filled in yet. */
  readonly isMet: (self: never) => boolean;
}

const MOST_RULES = 16;
const MOST_MATCHES = 128;
const SIZES = Array.from(
  { length: MOST_RULES },
  (_, index) => `(self.size() > ${index} ? self[${index}].matches.size() : 0)`,
);

const IN_SAME_NAMESPACE =
  "(((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || " +
  "p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && " +
  "p1.__namespace__ == p2.__namespace__ ))";
const OF_SAME_SECTION =
  "(((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || " +
  "p2.sectionName == '')) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == " +
  "p2.sectionName))";

const KNOWN_RULES = {
  totalMatches: {
    rule: `${SIZES.join(" + ")} <= ${MOST_MATCHES}`,
    message:
      "While 16 rules and 64 matches per rule are allowed, the total number of matches across all " +
      "rules in a route must be less than 128",
    isMet: (self: readonly Rule[]) =>
      self.reduce((sum, { matches }) => sum + (matches?.length ?? 1), 0) <= MOST_MATCHES,
  },
  redirectAlone: {
    rule: "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || " +
      "self.filters.all(f, !has(f.requestRedirect))): true",
    message: "RequestRedirect filter must not be used together with backendRefs",
    isMet: ({ backendRefs = [], filters = [] }: Rule) =>
      backendRefs.length === 0 ||
      filters.every(({ requestRedirect }) => requestRedirect === undefined),
  },
  servicePort: {
    rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
    message: "Must have port for Service reference",
    isMet: ({ group = "", kind = "Service", port }: BackendRef) =>
      group !== "" || kind !== "Service" || port !== undefined,
  },
  distinctParents: {
    rule:
      "self.all(p1, self.exists_one(p2, p1.group == p2.group && p1.kind == p2.kind && p1.name " +
      `== p2.name && ${IN_SAME_NAMESPACE} && ${OF_SAME_SECTION}))`,
    message:
      "sectionName must be unique when parentRefs includes 2 or more references to the same " +
      "parent",
    isMet: (self: readonly ParentRef[]) => new Set(self.map(parentText)).size === self.length,
  },
  distinctListeners: {
    rule: "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
    message: "Listener name must be unique within the Gateway",
    isMet: (self: readonly { readonly name: string }[]) =>
      new Set(self.map(({ name }) => name)).size === self.length,
  },
} satisfies Readonly<Record<string, KnownRule>>;

const BY_TEXT: ReadonlyMap<string, KnownRule> = new Map(
  Object.values(KNOWN_RULES).map((known) => [known.rule, known]),
);

/** As a definition has it. */
export function ruleOf(name: keyof typeof KNOWN_RULES): SchemaRule {
  const { rule, message } = KNOWN_RULES[name];
  return { rule, message };
}

export function isMet(rule: string, self: unknown): boolean {
  return BY_TEXT.get(rule)?.isMet(self as never) ?? true;
}

function parentText({ group, kind, namespace = "", name, sectionName = "" }: ParentRef): string {
  return JSON.stringify([group, kind, namespace, name, sectionName]);
}
