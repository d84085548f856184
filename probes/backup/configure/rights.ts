/** What configuring backups asks of a cluster. @module */

import { DEV_WORKSPACES, OPERATOR_CONFIGS } from "../../../kube/devworkspace/kinds.ts";
import { REGISTRY_SECRET_COPY } from "../../../kube/devworkspace/words.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { borrowRights } from "../../../kube/owned/borrowed.ts";
import { writeRights } from "../../../kube/owned/write_rights.ts";
import { NAMESPACES, PERSISTENT_VOLUME_CLAIMS, SECRETS } from "../../../kube/resource.ts";
import { type ConfigurationValues, DEFAULT_REGISTRY_SECRET } from "./configuration_of.ts";
import { REGISTRY_ROUTE, ROUTES } from "./internal_registry.ts";
import { globalConfigRef } from "./operator_config.ts";

type RightsValues =
  & Pick<ConfigurationValues, "dwoc-config-type" | "registry-secret">
  & {
    readonly "dwo-namespace": string;
    readonly namespace: string;
    readonly "separate-namespaces": boolean;
  };

const ONLY_FOR = {
  making: "an operator's configuration where there is none",
  makingSecret: "a registry Secret where there is none",
  finding: "a hint where the operator's configuration is",
  usersSecrets: "warnings of registry Secrets that users have made",
  externals: "warnings of configurations that workspaces name",
  route: "the route to OpenShift's registry",
};

export function configureRights(values: RightsValues): NeededRight[] {
  const { "dwo-namespace": namespace, "dwoc-config-type": type } = values;
  const config = { resource: OPERATOR_CONFIGS, ref: globalConfigRef(namespace), namespace };
  const isInternal = type === "openshift-internal";
  const inWorkspaces = values["separate-namespaces"] ? {} : { namespace: values.namespace };
  return [
    ...borrowRights(config),
    ...optional(writeRights(OPERATOR_CONFIGS, [namespace]), ONLY_FOR.making),
    { verb: "get", kind: NAMESPACES, name: namespace, onlyFor: ONLY_FOR.finding },
    { verb: "list", kind: OPERATOR_CONFIGS, onlyFor: ONLY_FOR.finding },
    { verb: "get", kind: OPERATOR_CONFIGS, onlyFor: ONLY_FOR.externals },
    { verb: "list", kind: DEV_WORKSPACES, ...inWorkspaces },
    { verb: "list", kind: PERSISTENT_VOLUME_CLAIMS, ...inWorkspaces },
    {
      ...{ verb: "get", kind: SECRETS, ...inWorkspaces, name: REGISTRY_SECRET_COPY },
      onlyFor: ONLY_FOR.usersSecrets,
    },
    ...(isInternal ? routeRights() : secretRights(values)),
  ];
}

function secretRights(values: RightsValues): NeededRight[] {
  const namespace = values["dwo-namespace"];
  const name = values["registry-secret"] || DEFAULT_REGISTRY_SECRET;
  return [
    ...["get", "patch"].map((verb) => ({ verb, kind: SECRETS, namespace, name })),
    ...optional(writeRights(SECRETS, [namespace]), ONLY_FOR.makingSecret),
  ];
}

function routeRights(): NeededRight[] {
  return [{ verb: "get", kind: ROUTES, ...REGISTRY_ROUTE, onlyFor: ONLY_FOR.route }];
}

function optional(rights: readonly NeededRight[], onlyFor: string): NeededRight[] {
  return rights.map((right) => ({ ...right, onlyFor }));
}
