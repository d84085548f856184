/** What giving back limits asks of a cluster. @module */

import { LIMIT_KINDS } from "../../../kube/kuadrant/kinds.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import type { RestoreValues } from "./command.ts";

export function restoreNeeds({ namespace, conns }: RestoreValues): ClusterNeeds {
  return {
    rights: [
      ...["list", "delete"].map((verb) => ({ verb, kind: LEASES })),
      ...LIMIT_KINDS.flatMap((kind) =>
        ["get", "patch"].map((verb) => ({ verb, kind, onlyFor: `limits in ${kind.plural}` }))
      ),
    ],
    namespaces: namespace,
    createsNamespaces: false,
    requestsPerSec: null,
    connections: conns,
    watches: 0,
  };
}
