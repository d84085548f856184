/**
 * The registry that a sandbox's backups go to unless told otherwise, and the Secret with which the
 * operator gets in.
 * @module
 */

import { LABEL } from "../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../kube/object.ts";
import { AUTH_SECRET_TYPE, OPERATOR_NAMESPACE } from "./installation.ts";

/** As in the operator's configuration. */
export const REGISTRY_PATH = "registry.sandbox.test/backups";
export const REGISTRY_SECRET = "sandbox-registry-credentials";

/** @param registryPath where backups go: any registry lets a sandbox in */
export function registrySecret(registryPath: string): KubeObject {
  const auth = btoa("sandbox:sandbox");
  const [host = ""] = registryPath.split("/");
  return {
    metadata: {
      name: REGISTRY_SECRET,
      namespace: OPERATOR_NAMESPACE,
      labels: { [LABEL.watchSecret]: "true" },
    },
    type: AUTH_SECRET_TYPE,
    data: { ".dockerconfigjson": btoa(JSON.stringify({ auths: { [host]: { auth } } })) },
  };
}
