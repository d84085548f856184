/**
 * Which roles give a service account exactly what one use of a command asks of a cluster, and how are
 * they written so that the same needs give the same bytes, and a reader sees why each rule is there?
 * Pure: knows the command's needs only.
 * @module
 */

import { isMap, isSeq, type YAMLMap } from "yaml";
import { NAME } from "../../core/version.ts";
import { writeYaml } from "../../core/yaml.ts";
import type { ClusterNeeds, NeededRight } from "../kubernetes_command.ts";
import type { KubeObject, ObjectRef } from "../object.ts";
import { hyphenated } from "../owned/ownership.ts";
import { NAMESPACES, type Resource, resourceName } from "../resource.ts";
import { guessedResource } from "../server/discovery.ts";

interface RbacOptions {
  /** In full. */
  readonly command: string;
  /** Who gets the rights. */
  readonly account: Required<ObjectRef>;
  /**
   * Of every object.
   * @default never those by which cleaning up tells what a run has made
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Source: Kubernetes API, rbac.authorization.k8s.io/v1 PolicyRule. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A rule, and what has to be known of it. */
interface ExplainedRule {
  readonly rule: Rule;
  /** E.g. `only for ...`; absent for what the command cannot do without. */
  readonly comment?: string;
}

/** A Role, or a ClusterRole where the rights are in no one namespace. */
interface ScopeRules {
  /** Empty: the whole cluster. */
  readonly namespace: string;
  readonly rules: readonly ExplainedRule[];
}

const RBAC_GROUP = "rbac.authorization.k8s.io";
const VERBS = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
];
/** What asks for one object by its name, and so can be granted for this one alone. */
const VERBS_BY_NAME = new Set(["get", "update", "patch", "delete"]);

interface ResolvedRight extends Omit<NeededRight, "kind"> {
  readonly resource: Resource;
  readonly isGuess: boolean;
}

/** The rules by scope: the whole cluster first, then namespaces by name. */
export function scopeRules(needs: ClusterNeeds): ScopeRules[] {
  const rights = withoutRepeats(needs.rights.map(resolve));
  const scopes = Map.groupBy(rights, scopeOf);
  return [...scopes].sort(byKey).map(([namespace, rights]) => ({
    namespace,
    rules: rulesOf(rights, needs),
  }));
}

/** Where rights are granted, by namespace; empty: the whole cluster. */
export function scopesOf(rights: readonly NeededRight[]): string[] {
  return [...new Set(rights.map(resolve).map(scopeOf))].sort();
}

/** ServiceAccount, roles and bindings, ready to be applied in this order. */
export function rbacObjects(needs: ClusterNeeds, options: RbacOptions): KubeObject[] {
  const { account, labels = rbacLabels(options) } = options;
  const metadata = { ...account, labels };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    ...scopeRules(needs).flatMap((scope) => roleAndBinding(scope, { ...options, labels })),
  ];
}

function roleAndBinding(
  { namespace, rules }: ScopeRules,
  { account, labels }: RbacOptions & { labels: Readonly<Record<string, string>> },
): KubeObject[] {
  const kind = namespace === "" ? "ClusterRole" : "Role";
  // Names of cluster roles are the whole cluster's.
  const name = namespace === "" ? `${account.namespace}-${account.name}` : account.name;
  const metadata = namespace === "" ? { name, labels } : { name, namespace, labels };
  const apiVersion = `${RBAC_GROUP}/v1`;
  return [
    { apiVersion, kind, metadata, rules: rules.map(({ rule }) => rule) },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind, name },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
  ];
}

/** Never those by which cleaning up tells what a run has made. */
function rbacLabels({ command }: Pick<RbacOptions, "command">): Record<string, string> {
  return { "app.kubernetes.io/name": NAME, "app.kubernetes.io/component": hyphenated(command) };
}

function scopeOf({ resource, namespace = "" }: ResolvedRight): string {
  return resource.namespaced ? namespace : "";
}

function resolve({ kind, ...right }: NeededRight): ResolvedRight {
  return "plural" in kind
    ? { ...right, resource: kind, isGuess: false }
    : { ...right, resource: guessedResource(kind), isGuess: true };
}

/** What is needed in any case is not said again for what is only useful. */
function withoutRepeats(rights: readonly ResolvedRight[]): ResolvedRight[] {
  const byRight = new Map<string, ResolvedRight>();
  for (const right of rights) {
    const { verb, resource, namespace, subresource, name } = right;
    const key = JSON.stringify([verb, resourceName(resource), namespace, subresource, name]);
    const earlier = byRight.get(key);
    if (earlier === undefined || right.onlyFor === undefined) byRight.set(key, right);
  }
  return [...byRight.values()];
}

function rulesOf(rights: readonly ResolvedRight[], needs: ClusterNeeds): ExplainedRule[] {
  const groups = Map.groupBy(rights, (right) => {
    const { resource, subresource = "", onlyFor = "" } = right;
    // Needed ones first: an empty text sorts before all others.
    return JSON.stringify([
      onlyFor,
      resource.group,
      resource.plural,
      subresource,
      namesOf(right, needs),
    ]);
  });
  return merged([...groups].sort(byKey).map(([, group]) => ruleOf(group, needs)));
}

/** Those that differ in their kind alone become one. */
function merged(rules: readonly ExplainedRule[]): ExplainedRule[] {
  const groups = Map.groupBy(rules, ({ rule: { resources: _, ...rest }, comment }) => {
    return JSON.stringify([rest, comment]);
  });
  return [...groups.values()].map((group) => {
    const [first] = group as [ExplainedRule, ...ExplainedRule[]];
    const resources = group.flatMap(({ rule }) => rule.resources);
    return { ...first, rule: { ...first.rule, resources } };
  });
}

function ruleOf(group: readonly ResolvedRight[], needs: ClusterNeeds): ExplainedRule {
  const first = group[0]!;
  const { resource, subresource, onlyFor, isGuess } = first;
  const verbs = new Set(group.map(({ verb }) => verb));
  const resourceNames = namesOf(first, needs);
  const rule: Rule = {
    apiGroups: [resource.group],
    resources: [subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`],
    ...(resourceNames.length === 0 ? {} : { resourceNames }),
    verbs: [...verbs].sort((one, other) => VERBS.indexOf(one) - VERBS.indexOf(other)),
  };
  const comments = [
    ...(onlyFor === undefined ? [] : [`only for ${onlyFor}`]),
    ...(isGuess
      ? [`name and scope of kind ${resource.kind} are a guess; see: kubectl api-resources`]
      : []),
  ];
  return comments.length === 0 ? { rule } : { rule, comment: comments.join("; ") };
}

/** A run looks at, and deletes, no other namespaces than its own. */
function namesOf({ verb, resource, name }: ResolvedRight, { namespaces }: ClusterNeeds): string[] {
  if (name !== undefined) return [name];
  const isNamespace = resourceName(resource) === resourceName(NAMESPACES);
  return isNamespace && VERBS_BY_NAME.has(verb) ? [...new Set(namespaces)].sort() : [];
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** One document each, ending with a line feed. @param head a comment before all of them */
export function rbacYaml(
  needs: ClusterNeeds,
  { head, ...options }: RbacOptions & { readonly head: string },
): string {
  const comments = scopeRules(needs).map(({ rules }) => rules.map(({ comment }) => comment));
  const documents = rbacObjects(needs, options).map((object) => {
    return writeYaml(object, {
      lineWidth: 0,
      flowCollectionPadding: false,
      edit: (document) => {
        const rules = document.get("rules");
        if (!isSeq(rules)) return;
        const texts = comments.shift() ?? [];
        rules.items.forEach((rule, index) => explain(rule, texts[index]));
      },
    });
  });
  return `# ${head}\n${documents.join("---\n")}`;
}

function explain(rule: unknown, text: string | undefined): void {
  if (!isMap(rule)) return;
  for (const pair of (rule as YAMLMap).items) {
    if (isSeq(pair.value)) pair.value.flow = true;
  }
  if (text !== undefined) rule.commentBefore = ` ${text}`;
}
