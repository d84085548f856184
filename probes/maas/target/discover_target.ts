/**
 * Where is the model gateway, which model is asked, and how does it know its users? Looked up on the
 * cluster, but for what flags say. Changes nothing, and asks the gateway itself nothing.
 * @module
 */

import { lookup } from "node:dns/promises";
import { CannotRunError, messageOf } from "../../../core/errors.ts";
import { formatAddress } from "../../../core/net/address.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { GATEWAYS, HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import {
  AUTH_POLICIES,
  LLM_INFERENCE_SERVICES,
  MAAS_SUBSCRIPTIONS,
} from "../../../kube/kuadrant/kinds.ts";
import { concernsGateway } from "../../../kube/kuadrant/policy_target.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import { type Resource, resourceName } from "../../../kube/resource.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { isForbidden, isNotFound } from "../../../kube/status_error.ts";
import { type AuthChoice, authChoice } from "./auth_choice.ts";
import type { TargetValues } from "./flags.ts";
import { addressesOf, domainOf, type GatewayOrigin, gatewayOrigin } from "./gateway_origin.ts";
import { type ListContext, listServed } from "./list_served.ts";
import { type ChatApi, type ModelChoice, modelChoice } from "./model_choice.ts";
import type { MaasTarget } from "./target.ts";
import { tierNamespaces } from "./tier_namespaces.ts";

export interface DiscoverOptions extends ListContext {
  readonly cluster: Cluster;
  readonly values: TargetValues;
  readonly api: ChatApi;
  /**
   * Whether this machine knows a host by its name.
   * @default asks the system, as a connection would
   */
  readonly isNameKnown?: (name: string) => Promise<boolean>;
}

export interface DiscoveredTarget {
  readonly target: MaasTarget;
  /** For the report's head. */
  readonly facts: Readonly<Record<string, string>>;
  /** Each one sentence. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

const INGRESSES: Resource = {
  group: "config.openshift.io",
  version: "v1",
  plural: "ingresses",
  kind: "Ingress",
  namespaced: false,
};
const CLUSTER_INGRESS = { name: "cluster" };

/** What looking it up asks of a cluster; flags do without each of them. */
export const TARGET_RIGHTS: readonly NeededRight[] = [
  { verb: "get", kind: GATEWAYS, onlyFor: "where the gateway is" },
  { verb: "get", kind: INGRESSES, ...CLUSTER_INGRESS, onlyFor: "the gateway's host" },
  ...[
    { kind: LLM_INFERENCE_SERVICES, onlyFor: "which models there are" },
    { kind: AUTH_POLICIES, onlyFor: "how the gateway knows its users" },
    { kind: MAAS_SUBSCRIPTIONS, onlyFor: "how the gateway knows its users" },
    { kind: HTTP_ROUTES, onlyFor: "how the gateway knows its users" },
  ].map((right) => ({ verb: "list", ...right })),
];

/** See the module. @throws {CannotRunError} in one line that says which flag is to be given */
export async function discoverTarget(options: DiscoverOptions): Promise<DiscoveredTarget> {
  const { values, api } = options;
  const ref = parseGatewayRef(values.gateway);
  const look = new Look(options);
  const gateway = await look.get(GATEWAYS, ref);
  const whyNoGateway = look.why();
  const isGatewayMissing = gateway === undefined && whyNoGateway === "";
  if (gateway === undefined && values.host === undefined && values.address === undefined) {
    throw new CannotRunError(
      `Cannot find Gateway ${values.gateway}${whyNoGateway}: name another with --gateway, or say where ` +
        "it answers with --host or --address",
    );
  }
  const ingress = values.host === undefined
    ? await look.get(INGRESSES, CLUSTER_INGRESS)
    : undefined;
  const { isNameKnown = isKnownName } = options;
  const domain = ingress && domainOf(ingress);
  const origin = await gatewayOrigin(values, { gateway, domain, isNameKnown });
  const isModelKnown = values.model !== undefined && values.path !== undefined;
  const services = isModelKnown ? undefined : await look.list(LLM_INFERENCE_SERVICES);
  const whyUnknown = look.why() === ""
    ? `the server does not serve ${resourceName(LLM_INFERENCE_SERVICES)}`
    : `this user may not list them${look.why()}`;
  const choice = modelChoice(values, {
    ...{ services, whyUnknown, gateway: ref, isGatewayMissing, api },
  });
  const auth = authChoice(values, { gateway: ref, ...await authFacts(look, options) });
  const warnings = [
    ...(gateway === undefined ? [noGateway(values, whyNoGateway)] : []),
    ...notReady(choice),
  ];
  const endpoint = {
    origin: origin.origin,
    address: origin.address,
    path: choice.path,
    model: choice.model,
    caPem: await readCa(values["gateway-ca"]),
    isInsecure: values["gateway-insecure"],
  };
  const { profile, audiences, subscription } = auth;
  return {
    target: {
      gateway: ref,
      endpoint,
      profile,
      audiences,
      subscription,
      ...tierNamespaces(values),
    },
    facts: factsOf({ gateway, ref: values.gateway, origin, choice, auth }),
    warnings,
  };
}

/** None of them is asked for where flags tell all that they could. */
async function authFacts(
  look: Look,
  { values: { auth, audience, subscription, gateway } }: DiscoverOptions,
): Promise<{ authPolicies: KubeObject[] | undefined; subscriptions: KubeObject[] | undefined }> {
  const isKnown = auth !== undefined && (auth === "sa-token" || subscription !== undefined);
  const subscriptions = isKnown ? undefined : await look.list(MAAS_SUBSCRIPTIONS);
  const isAsked = auth === undefined || (audience.length === 0 && auth !== "api-key");
  const policies = isAsked ? await look.list(AUTH_POLICIES) : undefined;
  if (policies === undefined || policies.length === 0) {
    return { authPolicies: policies, subscriptions };
  }
  const routes = await look.list(HTTP_ROUTES) ?? [];
  const place = { gateway: parseGatewayRef(gateway), routes };
  return { authPolicies: policies.filter((one) => concernsGateway(one, place)), subscriptions };
}

/** What this user may see; what is refused is as if it were not there, and said why. */
class Look {
  readonly #options: DiscoverOptions;
  #why = "";

  constructor(options: DiscoverOptions) {
    this.#options = options;
  }

  /** Why the last object or list was not to be had, for the end of a sentence; empty: it is not there. */
  why(): string {
    return this.#why;
  }

  get(resource: Resource, ref: ObjectRef): Promise<KubeObject | undefined> {
    const { cluster, signal, ...context } = this.#options;
    return this.#found(() =>
      retrying(() => cluster.get(resource, ref, { signal }), { ...context, signal })
    );
  }

  list(resource: Resource): Promise<KubeObject[] | undefined> {
    return this.#found(() => listServed(this.#options.cluster, resource, this.#options));
  }

  async #found<T>(ask: () => Promise<T>): Promise<T | undefined> {
    this.#why = "";
    try {
      return await ask();
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      if (!isForbidden(thrown)) throw thrown;
      this.#why = ` (${messageOf(thrown)})`;
      return undefined;
    }
  }
}

/** An address is its own name. */
async function isKnownName(name: string): Promise<boolean> {
  return await lookup(name.replace(/^\[|\]$/g, "")).then(() => true, () => false);
}

function noGateway({ gateway }: TargetValues, why: string) {
  const state = why === "" ? "is not there" : `cannot be read${why}`;
  return {
    code: "no-gateway",
    message: `Gateway ${gateway} ${state}: what is asked is what flags say`,
  };
}

function notReady({ service }: ModelChoice) {
  if (service === undefined || service.notReady === "") return [];
  const { namespace, name, notReady } = service;
  const message = `LLMInferenceService ${namespace}/${name} is not ready: ${notReady}`;
  return [{ code: "model-not-ready", message }];
}

/** @throws {CannotRunError} if it cannot be read, or is no certificate */
async function readCa(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const pem = await Deno.readTextFile(file).catch((thrown: unknown) => {
    throw new CannotRunError(`Cannot read --gateway-ca ${file}: ${messageOf(thrown)}`);
  });
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new CannotRunError(`--gateway-ca ${file} holds no certificate (PEM)`);
}

function factsOf(
  { gateway, ref, origin, choice, auth }: {
    gateway: KubeObject | undefined;
    ref: string;
    origin: GatewayOrigin;
    choice: ModelChoice;
    auth: AuthChoice;
  },
): Record<string, string> {
  const addresses = gateway === undefined ? [] : addressesOf(gateway);
  const at = origin.address === undefined
    ? ""
    : `, connected to at ${formatAddress(origin.address)}`;
  const own = addresses.length === 0 ? "" : `, addresses ${addresses.join(", ")}`;
  const { service } = choice;
  const from = service === undefined ? "as flags say" : `of ${service.namespace}/${service.name}`;
  return {
    gateway: `${ref}: ${origin.origin.origin} (host of ${origin.hostFrom})${at}${own}`,
    model: `${choice.model} at ${choice.path}, ${from}`,
    auth: `${auth.profile} (${auth.because}), audiences ${auth.audiences.join(", ")}` +
      (auth.subscription === undefined ? "" : `, subscription ${auth.subscription}`),
  };
}
