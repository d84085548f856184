import assert from "node:assert/strict";
import {
  GATEWAY_CLASSES,
  GATEWAYS,
  HTTP_ROUTES,
  REFERENCE_GRANTS,
} from "../../../kube/gateway_api/kinds.ts";
import { resourcePath } from "../../../kube/resource.ts";

Deno.test("the kinds of the Gateway API are where the API server has them", () => {
  const api = "/apis/gateway.networking.k8s.io";
  const at = { namespace: "ns", name: "n" };
  assert.equal(resourcePath(GATEWAY_CLASSES, at), `${api}/v1/gatewayclasses/n`);
  assert.equal(resourcePath(GATEWAYS, at), `${api}/v1/namespaces/ns/gateways/n`);
  assert.equal(resourcePath(HTTP_ROUTES, at), `${api}/v1/namespaces/ns/httproutes/n`);
  assert.equal(
    resourcePath(REFERENCE_GRANTS, at),
    `${api}/v1beta1/namespaces/ns/referencegrants/n`,
  );
});
