/**
 * The registry that a sandbox's backups go to unless told otherwise, and the Secret with which the
 * operator gets in.
 * @module
 */

import { LABEL } from "../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../kube/object.ts";
import { AUTH_SECRET_TYPE, OPERATOR_NAMESPACE } from "./installation.ts";

const REGISTRY_HOST = "registry.sandbox.test";
/** As in the operator's configuration. */
export const REGISTRY_PATH = `${REGISTRY_HOST}/backups`;
export const REGISTRY_SECRET = "sandbox-registry-credentials";

export function registrySecret(): KubeObject {
  const auth = btoa("sandbox:sandbox");
  return {
    metadata: {
      name: REGISTRY_SECRET,
      namespace: OPERATOR_NAMESPACE,
      labels: { [LABEL.watchSecret]: "true" },
    },
    type: AUTH_SECRET_TYPE,
    data: { ".dockerconfigjson": btoa(JSON.stringify({ auths: { [REGISTRY_HOST]: { auth } } })) },
  };
}
