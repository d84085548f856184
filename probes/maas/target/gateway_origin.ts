/**
 * By which scheme, host and port do clients name a model gateway, and where is it connected to? What
 * flags say goes first; then its listeners, the cluster's domain, and its own address. Asks for nothing
 * but whether a name is known.
 * @module
 */

import { CannotRunError } from "../../../core/errors.ts";
import { type Address, formatAddress, parseAddress } from "../../../core/net/address.ts";
import { elementsOf, fieldsOf, textOf } from "../../../kube/fields.ts";
import {
  addressOf,
  listenerPort,
  type ListenerSpec,
  listenerSpecs,
} from "../../../kube/gateway_api/gateway_status.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { parseHost, type TargetValues } from "./flags.ts";

export interface GatewayOrigin {
  readonly origin: URL;
  /** Undefined: the origin's. */
  readonly address: Address | undefined;
  /** Where the host is from, for the report. */
  readonly hostFrom: string;
}

/** What is known of the place. */
export interface OriginFacts {
  /** Undefined: there is none, or nobody serves the kind. */
  readonly gateway: KubeObject | undefined;
  /** Of the cluster; undefined: it is no OpenShift. */
  readonly domain: string | undefined;
  /** Whether this machine knows a host by its name. */
  readonly isNameKnown: (name: string) => Promise<boolean>;
}

type OriginValues = Pick<TargetValues, "host" | "protocol" | "address">;
interface FoundHost {
  /** As in a URL, with a port if that was given. */
  readonly host: string;
  readonly from: string;
}

/** @throws {CannotRunError} saying which flag is to be given */
export async function gatewayOrigin(
  values: OriginValues,
  facts: OriginFacts,
): Promise<GatewayOrigin> {
  const listener = chosenListener(values, facts.gateway);
  const scheme = values.protocol ?? schemeOf(listener);
  const given = values.address === undefined ? undefined : parseAddress(values.address);
  const { host, from } = foundHost(values, { ...facts, listener, given });
  const origin = new URL(`${scheme}://${host}`);
  const port = listener === undefined || facts.gateway === undefined
    ? undefined
    : listenerPort(facts.gateway, listener.name);
  // A host with a port keeps that; the brackets of an IPv6 address are none.
  if (!/:\d+$/.test(host) && port !== undefined) origin.port = String(port);
  const address = given ?? await ownAddress(origin, facts);
  return { origin, address, hostFrom: from };
}

/** The Gateway's own, for a host whose name nobody here knows; undefined: its name leads there. */
async function ownAddress(
  origin: URL,
  { gateway, isNameKnown }: OriginFacts,
): Promise<Address | undefined> {
  const hostname = gateway === undefined ? undefined : addressOf(gateway);
  if (hostname === undefined || await isNameKnown(origin.hostname)) return undefined;
  const port = Number(origin.port) || (origin.protocol === "https:" ? 443 : 80);
  return { hostname, port };
}

/** The first for HTTPS, or else for HTTP; of one protocol where that was said. */
function chosenListener(
  { protocol }: OriginValues,
  gateway: KubeObject | undefined,
): ListenerSpec | undefined {
  const listeners = gateway === undefined ? [] : listenerSpecs(gateway);
  const wanted = protocol === undefined ? ["HTTPS", "HTTP"] : [protocol.toUpperCase()];
  return wanted.flatMap((one) => listeners.filter((listener) => listener.protocol === one))[0];
}

function schemeOf(listener: ListenerSpec | undefined): "http" | "https" {
  return listener?.protocol === "HTTPS" ? "https" : "http";
}

function foundHost(
  { host }: OriginValues,
  { gateway, domain, listener, given }: OriginFacts & {
    readonly listener: ListenerSpec | undefined;
    readonly given: Address | undefined;
  },
): FoundHost {
  if (host !== undefined) return { host: parseHost(host).host, from: "--host" };
  const { hostname } = listener ?? {};
  if (hostname !== undefined && !hostname.startsWith("*")) {
    return { host: hostname, from: "its listener" };
  }
  if (domain !== undefined) return { host: `maas.${domain}`, from: "the cluster's domain" };
  if (given !== undefined) return { host: formatAddress(given), from: "--address" };
  const own = gateway === undefined ? undefined : addressOf(gateway);
  if (own !== undefined) {
    return { host: own.includes(":") ? `[${own}]` : own, from: "the Gateway's address" };
  }
  throw new CannotRunError(
    "Cannot tell the host of the gateway: the server has no cluster domain (it is no OpenShift) and " +
      "the Gateway no address; say it with --host",
  );
}

/** `.spec.domain` of the Ingress configuration. */
export function domainOf(ingress: KubeObject): string | undefined {
  return textOf(fieldsOf(ingress["spec"])["domain"]);
}

/** Addresses that the Gateway has, for the report. */
export function addressesOf(gateway: KubeObject): string[] {
  return elementsOf(fieldsOf(gateway["status"])["addresses"])
    .flatMap(({ value }) => textOf(value) ?? []);
}
