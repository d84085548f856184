/**
 * A ConfigMap and a Secret that the operator mounts into every workspace of their namespace, as the
 * load test of the field has them.
 * @module
 */

import { LABEL } from "../../../kube/devworkspace/words.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { CONFIG_MAPS, type Resource, SECRETS } from "../../../kube/resource.ts";

const ANNOTATION_PREFIX = "controller.devfile.io/";
const NAME = "dwo-load-test-automount";

/** By kind, one of each for every namespace. */
export function automountObjects(
  { namespaces, labels }: {
    readonly namespaces: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  },
): readonly (readonly [Resource, readonly KubeObject[]])[] {
  const of = (make: (namespace: string) => KubeObject) => namespaces.map(make);
  return [
    [
      CONFIG_MAPS,
      of((namespace) => ({
        metadata: {
          namespace,
          name: `${NAME}-configmap`,
          labels: { ...labels, [LABEL.mountToWorkspace]: "true", [LABEL.watchConfigMap]: "true" },
          annotations: {
            [`${ANNOTATION_PREFIX}mount-path`]: "/etc/config/dwo-load-test-configmap",
            [`${ANNOTATION_PREFIX}mount-access-mode`]: "0644",
            [`${ANNOTATION_PREFIX}mount-as`]: "file",
          },
        },
        data: { "test.key": "test-value" },
      })),
    ],
    [
      SECRETS,
      of((namespace) => ({
        metadata: {
          namespace,
          name: `${NAME}-secret`,
          labels: { ...labels, [LABEL.mountToWorkspace]: "true", [LABEL.watchSecret]: "true" },
          annotations: {
            [`${ANNOTATION_PREFIX}mount-path`]: "/etc/secret/dwo-load-test-secret",
            [`${ANNOTATION_PREFIX}mount-as`]: "file",
          },
        },
        type: "Opaque",
        stringData: { "secret.key": "test" },
      })),
    ],
  ];
}
