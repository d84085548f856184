/**
 * Where is told what controllers and data planes use? Flags -> sources, by Gateway. Reads nothing.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import { duration, flag, listOf, readable } from "../../../core/command/flags.ts";
import {
  type PageSource,
  pageSource,
  type PodSource,
  podSource,
  type UsageSource,
} from "../../../kube/component/usage_source.ts";
import { formatGatewayRef, parseGatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";

/** A source, and of which Gateway. */
interface OfGateway<T> {
  /** `namespace/name`; undefined: of all. */
  readonly gateway: string | undefined;
  readonly source: T;
}

/** `[ns/name=]http://host:port/metrics`. @throws {SyntaxError} */
export function parsePageSource(given: string): OfGateway<PageSource> {
  const [, gateway, url = ""] = /^(?:([^=:]*)=)?(.*)$/s.exec(given) ?? [];
  const source = pageSource(url);
  if (source !== undefined) return { gateway: refOf(gateway), source };
  throw new SyntaxError(`must be a URL, or NS/NAME=URL, not "${given}"`);
}

const PODS = /^(?:([^=,]*)=(?=[^=,/]*\/[^=,]+=))?(.*)$/s;

/** `[ns/name=]namespace/label=value`. @throws {SyntaxError} */
export function parsePodSource(given: string): OfGateway<PodSource> {
  const [, gateway, pods = ""] = PODS.exec(given) ?? [];
  const source = podSource(pods);
  if (source !== undefined) return { gateway: refOf(gateway), source };
  throw new SyntaxError(
    `must be NAMESPACE/LABEL=VALUE, or NS/NAME=NAMESPACE/LABEL=VALUE, not "${given}"`,
  );
}

function refOf(given: string | undefined): string | undefined {
  return given === undefined ? undefined : formatGatewayRef(parseGatewayRef(given));
}

const page = listOf(readable("[ns/name=]url", parsePageSource));
const pods = listOf(readable("[ns/name=]namespace/label=value", parsePodSource));

export const COMPONENT_FLAGS = {
  "controller-metrics": flag(page, {
    help: "the controller's page of metrics or Go profiles: its CPU, memory and allocations",
    default: [],
  }),
  "data-plane-metrics": flag(page, {
    help: "the same of the data plane; where both are one page, its figures are of both combined",
    default: [],
  }),
  "controller-pods": flag(pods, {
    help: "the controller's pods, whose CPU and memory metrics.k8s.io tells; no figures per change",
    default: [],
  }),
  "data-plane-pods": flag(pods, {
    help: "the same of the data plane",
    default: [],
  }),
  "usage-period": flag(duration({ minMs: 100 }), {
    help: "from one reading of these to the next: reading a page of metrics costs CPU, too",
    default: 5_000,
  }),
};
type ComponentValues = Readonly<
  Record<Exclude<keyof typeof COMPONENT_FLAGS, "usage-period">, readonly string[]>
>;

/** One component of one Gateway. */
export interface ComponentSpec {
  readonly gateway: string;
  readonly name: "controller" | "data-plane" | "combined";
  readonly source: UsageSource;
}

/** @throws {UsageError} for a Gateway that is not under test */
export function componentsOf(
  values: ComponentValues,
  gateways: readonly string[],
): ComponentSpec[] {
  const controllers = sourcesOf(values, "controller", gateways);
  const planes = sourcesOf(values, "data-plane", gateways);
  return gateways.flatMap((gateway) => {
    const of = (all: readonly OfGateway<UsageSource>[]) =>
      all.filter((one) => (one.gateway ?? gateway) === gateway).map(({ source }) => source);
    const [ofControllers, ofPlanes] = [of(controllers), of(planes)];
    const both = ofControllers.filter((source) => ofPlanes.some((other) => isSame(source, other)));
    const only = (sources: readonly UsageSource[]) =>
      sources.filter((source) => !both.some((other) => isSame(source, other)));
    return [
      ...both.map((source) => ({ gateway, name: "combined" as const, source })),
      ...only(ofControllers).map((source) => ({ gateway, name: "controller" as const, source })),
      ...only(ofPlanes).map((source) => ({ gateway, name: "data-plane" as const, source })),
    ];
  });
}

function sourcesOf(
  values: ComponentValues,
  component: "controller" | "data-plane",
  gateways: readonly string[],
): OfGateway<UsageSource>[] {
  const pages = values[`${component}-metrics`].map((text) =>
    [text, parsePageSource(text)] as const
  );
  const pods = values[`${component}-pods`].map((text) => [text, parsePodSource(text)] as const);
  const all = [
    ...pages.map((one) => [`${component}-metrics`, ...one] as const),
    ...pods.map((one) => [`${component}-pods`, ...one] as const),
  ];
  for (const [flag, text, { gateway }] of all) {
    if (gateway === undefined || gateways.includes(gateway)) continue;
    throw new UsageError(`--${flag} ${text}: ${gateway} is not among --gateways`);
  }
  return all.map(([, , source]) => source);
}

function isSame(one: UsageSource, other: UsageSource): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
