/**
 * How are manifests written so that the same needs give the same bytes, and a reader sees why each
 * rule is there?
 * @module
 */

import { isMap, isSeq, type YAMLMap } from "yaml";
import { writeYaml } from "../../core/yaml.ts";
import type { ClusterNeeds } from "../kubernetes_command.ts";
import { rbacObjects, type RbacOptions, scopeRules } from "./rbac.ts";

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
