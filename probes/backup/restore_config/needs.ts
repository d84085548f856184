/** What giving back an operator's configuration asks of a cluster. @module */

import { OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import { SECRETS } from "../../../kube/resource.ts";
import type { RestoreConfigValues } from "./command.ts";

export function restoreConfigNeeds({ namespace, conns }: RestoreConfigValues): ClusterNeeds {
  const both = ["get", "patch"];
  return {
    rights: [
      ...["list", "delete"].map((verb) => ({ verb, kind: LEASES })),
      ...both.map((verb) => ({ verb, kind: OPERATOR_CONFIGS })),
      ...both.map((verb) => ({ verb, kind: SECRETS, onlyFor: "labels of registry Secrets" })),
    ],
    namespaces: namespace,
    createsNamespaces: false,
    requestsPerSec: null,
    connections: conns,
    watches: 0,
  };
}
