/**
 * Which Secret beside a workspace has the registry's credentials? The operator sees those alone that are
 * labelled for it, and copies its own where there is none.
 * Source: devfile/devworkspace-operator, pkg/secrets/backup.go.
 * @module
 */

import { LABEL, REGISTRY_SECRET_COPY } from "../../kube/devworkspace/words.ts";
import type { BackupCronJob } from "../../kube/devworkspace/operator_config.ts";
import type { KubeObject } from "../../kube/object.ts";
import { SECRETS } from "../../kube/resource.ts";
import { OPERATOR_NAMESPACE } from "./installation.ts";
import type { KubeWriter } from "./kube_writer.ts";
import type { OperatorProfile } from "./profile.ts";
import { ownerReferenceOf } from "./workspaces/workspace_objects.ts";

export interface AuthRequest {
  readonly workspace: KubeObject;
  readonly registry: BackupCronJob["registry"];
  readonly profile: OperatorProfile;
  readonly mayCopy: boolean;
}

/** The Secret's name; undefined: none is needed, or had. @throws {Error} if there is none to copy */
export async function authSecretFor(
  writer: KubeWriter,
  { workspace, registry: { authSecret = "" }, profile, mayCopy }: AuthRequest,
): Promise<string | undefined> {
  const { namespace = "" } = workspace.metadata;
  const isFixed = profile.looksForSecret === "fixed name";
  const own = isFixed ? REGISTRY_SECRET_COPY : authSecret;
  if (own !== "" && await visible(writer, { namespace, name: own }) !== undefined) return own;
  if (authSecret === "" || !mayCopy) return undefined;
  const source = await visible(writer, { namespace: OPERATOR_NAMESPACE, name: authSecret });
  if (source === undefined) throw new Error(`Secret "${authSecret}" not found`);
  await writer.create(SECRETS, copyOf(source, { workspace, isOwned: profile.ownsCopy }));
  return REGISTRY_SECRET_COPY;
}

async function visible(
  writer: KubeWriter,
  ref: { readonly namespace: string; readonly name: string },
): Promise<KubeObject | undefined> {
  const secret = await writer.get(SECRETS, ref);
  return secret?.metadata.labels?.[LABEL.watchSecret] === "true" ? secret : undefined;
}

function copyOf(
  source: KubeObject,
  { workspace, isOwned }: { readonly workspace: KubeObject; readonly isOwned: boolean },
): KubeObject {
  const { namespace = "" } = workspace.metadata;
  const metadata = {
    name: REGISTRY_SECRET_COPY,
    namespace,
    labels: { [LABEL.watchSecret]: "true" },
    ...(isOwned ? { ownerReferences: [ownerReferenceOf(workspace)] } : {}),
  };
  return { metadata, type: source["type"], data: source["data"] };
}
