/** The flags that say where a model gateway is, and how it knows its users. @module */

import {
  choice,
  flag,
  listOf,
  readable,
  text,
  toggle,
  type Values,
} from "../../../core/command/flags.ts";
import { parseAddress, parseServerUrl } from "../../../core/net/address.ts";
import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";

const asIs = (given: string) => given;

/** `maas.apps.example.com`, with a port or without. @throws {SyntaxError} */
export function parseHost(given: string): URL {
  const url = /[/?#@]/.test(given)
    ? null
    : parseServerUrl(given, { example: "maas.apps.example.com", bareScheme: "http" });
  if (url !== null) return url;
  throw new SyntaxError(`must be a host such as maas.apps.example.com, not "${given}"`);
}

export const TARGET_FLAGS = {
  gateway: flag(readable("ns/name", parseGatewayRef), {
    help: "Gateway that the models are behind",
    default: "openshift-ingress/maas-default-gateway",
  }),
  host: flag(readable("host", parseHost), {
    help:
      "host by which clients name the gateway; default: its listener's, else maas.CLUSTER-DOMAIN",
    variables: { HOST: asIs, CLUSTER_DOMAIN: (domain) => `maas.${domain}` },
  }),
  protocol: flag(choice(["http", "https"]), {
    help: "how it is asked; default: https if it has a listener for that",
    variables: { PROTOCOL: asIs },
  }),
  address: flag(readable("host:port", parseAddress), {
    help: "where to connect, if not to the host and port that clients name",
  }),
  "gateway-ca": flag(text("file"), {
    help: "CA certificates (PEM) for the gateway's; default: the system's",
    readsFileAfter: "",
  }),
  "gateway-insecure": flag(toggle, {
    help: "do not verify the gateway's certificate: anyone in between can read the tokens",
    default: false,
  }),
  model: flag(text("name"), {
    help: "model that is asked, by its name or its LLMInferenceService's; default: the only one",
    variables: { MODEL_NAME: asIs },
  }),
  path: flag(readable("path", requirePath), {
    help: "path of the requests; default: what the model's LLMInferenceService says",
  }),
  auth: flag(choice(["sa-token", "sa-token+subscription", "api-key"]), {
    help: "how the gateway knows its users; default: by the kinds and AuthPolicies that are there",
  }),
  audience: flag(listOf(text("audience")), {
    help: "audience of the tokens, repeatable; default: the AuthPolicy's, else GATEWAY-NAME-sa",
    default: [],
  }),
  subscription: flag(text("name"), {
    help: "MaaSSubscription that requests name; default: the only one",
    variables: { MAAS_SUBSCRIPTION_HEADER: asIs },
  }),
};
export type TargetFlags = typeof TARGET_FLAGS;
export type TargetValues = Values<TargetFlags>;

function requirePath(given: string): void {
  if (/^\/[!-~]*$/.test(given)) return;
  throw new SyntaxError(`must be a path such as /llm/opt/v1/chat/completions, not "${given}"`);
}
