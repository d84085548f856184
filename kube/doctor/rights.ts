/**
 * May this user do each thing that the run does? Asks the server, one SelfSubjectAccessReview each.
 * @module
 */

import { NAME } from "../../core/version.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import {
  formatPermission,
  grantCommand,
  missingPermissions,
  type Permission,
  permissionOf,
  type User,
} from "../server/access.ts";
import { type Check, type ClusterContext, type DoctorFinding, resourceOf } from "./check.ts";

const ID = "right";

export const RIGHTS_CHECK: Check<ClusterContext> = {
  id: ID,
  async look({ cluster, needs, resources, user, command }, signal) {
    const rights = distinct(
      needs.rights.map((right) => {
        const resource = resourceOf(right.kind, resources);
        return { right, asked: resource && permissionOf(right, resource) };
      }),
    );
    const asked = rights.flatMap(({ asked }) => asked ?? []);
    const missing = new Set(await missingPermissions(cluster, asked, { signal }));
    return judgeRights(
      rights.map(({ right, asked }) => ({
        right,
        asked,
        isMissing: asked !== undefined && missing.has(asked),
      })),
      { user, command },
    );
  },
};

export interface RightAnswer {
  readonly right: NeededRight;
  /** Undefined: the server does not serve the kind, so that there is nothing to ask about. */
  readonly asked: Permission | undefined;
  readonly isMissing: boolean;
}

/** One finding for each that is missing or unknown, and one for all that are there. */
export function judgeRights(
  answers: readonly RightAnswer[],
  { user, command }: { user: User | undefined; command: string },
): DoctorFinding[] {
  const granted = answers.flatMap(({ asked, isMissing }) => asked && !isMissing ? [asked] : []);
  const missing = answers.flatMap(({ asked, isMissing }) => asked && isMissing ? [asked] : []);
  const findings = answers.flatMap((answer) => findingOf(answer, user));
  if (granted.length > 0) {
    findings.unshift({ id: ID, status: "ok", what: `may ${listOf(granted)}` });
  }
  if (missing.length > 1) {
    findings.push({
      id: "grant",
      status: "notice",
      what: `${missing.length} rights are missing; one command line grants exactly these`,
      why: `${NAME} manifests rbac --for ${command} prints all that the command needs, as YAML`,
      fix: grantCommand(missing, user),
    });
  }
  return findings;
}

/** `create, delete configmaps in namespace a; get namespaces`. */
function listOf(granted: readonly Permission[]): string {
  const whatOf = (one: Permission) => formatPermission(one).slice(one.verb.length + 1);
  return [...Map.groupBy(granted, whatOf)]
    .map(([what, group]) => `${group.map(({ verb }) => verb).join(", ")} ${what}`).join("; ");
}

function findingOf(
  { right, asked, isMissing }: RightAnswer,
  user: User | undefined,
): DoctorFinding[] {
  if (asked === undefined) {
    const { verb, kind } = right;
    return [{
      id: ID,
      subject: `${verb} ${kind.kind}`,
      status: "unknown",
      what: "not asked: the server does not serve the kind",
      why: "Roles name resources, which only discovery tells",
    }];
  }
  if (!isMissing) return [];
  const who = user === undefined ? "The user" : `User "${user.username}"`;
  return [{
    id: ID,
    subject: formatPermission(asked),
    status: right.onlyFor === undefined ? "problem" : "notice",
    what: `${who} may not ${formatPermission(asked)}`,
    why: right.onlyFor === undefined
      ? "The run does this, and would be refused"
      : `The run uses it only for ${right.onlyFor}, and does without`,
    fix: grantCommand([asked], user),
  }];
}

/** A cluster-scoped kind has the same rights for every namespace that is named. */
function distinct(
  rights: readonly { right: NeededRight; asked: Permission | undefined }[],
): { right: NeededRight; asked: Permission | undefined }[] {
  const keyOf = (one: typeof rights[number]) => JSON.stringify(one.asked ?? one.right);
  return [...new Map(rights.map((one) => [keyOf(one), one])).values()];
}
