import assert from "node:assert/strict";
import { guessedResource } from "../../../kube/server/guessed_resource.ts";

const GUESSES = [
  ["v1", "ConfigMap", "", "v1", "configmaps"],
  ["apps/v1", "Deployment", "apps", "v1", "deployments"],
  ["networking.k8s.io/v1", "NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"],
  ["networking.k8s.io/v1", "IngressClass", "networking.k8s.io", "v1", "ingressclasses"],
] as const;

for (const [apiVersion, kind, group, version, plural] of GUESSES) {
  Deno.test(`kind ${kind} of ${apiVersion} is taken to be ${plural} of group "${group}"`, () => {
    assert.deepEqual(guessedResource({ apiVersion, kind }), {
      group,
      version,
      plural,
      kind,
      namespaced: true,
    });
  });
}
