/**
 * What must be in a cluster before the DevWorkspace Operator starts? Its kinds, its account and the
 * account's rights as its release has them, and a configuration. Nothing is written here.
 * @module
 */

import { join } from "node:path";
import { parse } from "yaml";
import type { Definition } from "../gateway/definitions.ts";
import { sourcesOf } from "../go_command.ts";
import { OPERATOR } from "./operator.ts";

const MANIFESTS = "deploy/deployment/kubernetes/objects";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** Collections of the kinds that are taken out of the manifests, in the order of creation. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  ServiceAccount: `/api/v1/namespaces/${OPERATOR.namespace}/serviceaccounts`,
  ClusterRole: `${RBAC}/clusterroles`,
  ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
  // Whoever looks for the operator's pod finds one, which the fake kubelets play beside the process.
  Deployment: `/apis/apps/v1/namespaces/${OPERATOR.namespace}/deployments`,
};

export const CONFIGS = `/apis/controller.devfile.io/v1alpha1/namespaces/${OPERATOR.namespace}` +
  "/devworkspaceoperatorconfigs";

export interface ToCreate {
  readonly path: string;
  readonly body: unknown;
}

interface Manifest {
  readonly kind: string;
}

/** Its definitions, and what has to be there beside them. */
export async function operatorObjects(): Promise<{
  readonly definitions: readonly Definition[];
  readonly others: readonly ToCreate[];
}> {
  const manifests = await manifestsOfRelease();
  const definitions = manifests.filter(({ kind }) => kind === "CustomResourceDefinition")
    .map((manifest) => withoutConversion(manifest as unknown as Definition));
  const others = Object.entries(COLLECTIONS).flatMap(([wanted, path]) =>
    manifests.filter(({ kind }) => kind === wanted).map((body) => ({ path, body }))
  );
  return { definitions, others };
}

async function manifestsOfRelease(): Promise<Manifest[]> {
  const sources = await sourcesOf("github.com/devfile/devworkspace-operator", "devworkspace");
  const dir = join(sources, MANIFESTS);
  return [...Deno.readDirSync(dir)].map(({ name }) => join(dir, name)).sort()
    .map((file) => parse(Deno.readTextFileSync(file)) as Manifest);
}

/** Nobody serves the webhook that would translate between versions; one version is enough. */
function withoutConversion(definition: Definition): Definition {
  return { ...definition, spec: { ...definition.spec, conversion: { strategy: "None" } } } as
    & Definition
    & { spec: { conversion: unknown } };
}

/** With every block that a backup needs to be turned on by a merge. */
export function operatorConfig() {
  return {
    apiVersion: "controller.devfile.io/v1alpha1",
    kind: "DevWorkspaceOperatorConfig",
    metadata: { name: OPERATOR.config, namespace: OPERATOR.namespace },
    config: {
      routing: { defaultRoutingClass: "basic", clusterHostSuffix: "workspaces.test" },
      // Until a pod's volume is bound it cannot be scheduled, and one event of that fails a workspace.
      workspace: { ignoredUnrecoverableEvents: ["FailedScheduling"] },
    },
  };
}
