/**
 * What does a Gateway say of itself: how many routes it has attached to a listener, where it is
 * reached, and whether a data plane has been told of it? Never says whether that data plane serves.
 * Source: gateway-api, apis/v1/gateway_types.go, GatewayStatus, ListenerStatus.
 * @module
 */

import type { KubeObject } from "../object.ts";
import {
  type Condition,
  conditionIn,
  conditionsOf,
  conditionText,
  isUnwritten,
  type Observation,
  observation,
} from "../condition.ts";
import { elementsOf, fieldsOf, integerOf, textOf } from "../fields.ts";

export interface ListenerStatus {
  readonly name: string;
  /** Undefined: nobody has counted yet, which is not 0. */
  readonly attachedRoutes: number | undefined;
  readonly conditions: readonly Condition[];
}

/** What the status says of the listener of this name, wherever in it that is. */
export function listenerOf(gateway: KubeObject, name: string): ListenerStatus | undefined {
  const found = elementsOf(fieldsOf(gateway["status"])["listeners"])
    .find((listener) => listener["name"] === name);
  if (found === undefined) return undefined;
  const attachedRoutes = integerOf(found["attachedRoutes"]);
  return { name, attachedRoutes, conditions: conditionsOf(found) };
}

/** See {@link ListenerStatus}. Includes routes that the controller has refused, with some. */
export function attachedRoutesOf(gateway: KubeObject, listener: string): number | undefined {
  return listenerOf(gateway, listener)?.attachedRoutes;
}

/** The first of them: an IP address or a host name. */
export function addressOf(gateway: KubeObject): string | undefined {
  return textOf(elementsOf(fieldsOf(gateway["status"])["addresses"])[0]?.["value"]);
}

/** By the name of the listener, in the order of the spec. */
export function listenerPorts(gateway: KubeObject): ReadonlyMap<string, number> {
  const listeners = elementsOf(fieldsOf(gateway["spec"])["listeners"]);
  return new Map(listeners.map(({ name, port }) => [textOf(name) ?? "", integerOf(port) ?? 0]));
}

/** As the spec has it; undefined: there is no such listener. */
export function listenerPort(gateway: KubeObject, name: string): number | undefined {
  return listenerPorts(gateway).get(name);
}

/** What the spec says of a listener. */
export interface ListenerSpec {
  readonly name: string;
  readonly protocol: string;
  /** Whose routes it takes: of `Same` namespace, as unless said otherwise, of `All`, by `Selector`. */
  readonly allowsFrom: string;
  /** `gw.example.com` or `*.example.com`; undefined: any. */
  readonly hostname: string | undefined;
}

/** In the order of the spec. */
export function listenerSpecs(gateway: KubeObject): ListenerSpec[] {
  return elementsOf(fieldsOf(gateway["spec"])["listeners"]).map((fields) => ({
    name: textOf(fields["name"]) ?? "",
    protocol: textOf(fields["protocol"]) ?? "",
    allowsFrom: textOf(fieldsOf(fieldsOf(fields["allowedRoutes"])["namespaces"])["from"]) ?? "Same",
    hostname: textOf(fields["hostname"]),
  }));
}

export interface ProgrammedState {
  /** `unobserved`: no controller has spoken of the Gateway as it is now. */
  readonly state: "programmed" | "not-programmed" | "unobserved";
  /** Of what the Gateway's own conditions are. */
  readonly observation: Observation;
  /** What stands against it, for `the Gateway is not programmed: ...`; empty: nothing. */
  readonly because: string;
}

/**
 * Whether the Gateway and this listener of it are Programmed. A listener without a condition of that
 * type is as its Gateway is, unless another of its conditions is against it.
 */
export function programmedState(gateway: KubeObject, listener: string): ProgrammedState {
  const { generation } = gateway.metadata;
  const own = relevant(conditionsOf(gateway["status"]));
  const observed = observation(own, generation);
  const found = listenerOf(gateway, listener);
  const statements = [
    ...relevant(found?.conditions ?? []).map((condition) => ({
      condition,
      of: `listener "${listener}" has `,
    })),
    ...own.map((condition) => ({ condition, of: "it has " })),
  ];
  const against = statements.filter(({ condition }) =>
    condition.status !== "True" && observation([condition], generation) === "current"
  );
  // The listener's word before the Gateway's, and a No before an Unknown.
  const worst = against.find(({ condition }) => condition.status === "False") ?? against[0];
  if (worst !== undefined) {
    const because = worst.of + conditionText(worst.condition);
    return { state: "not-programmed", observation: observed, because };
  }
  if (observed !== "current" || conditionIn(own, "Programmed") === undefined) {
    const because = whyUnobserved(own, { observed, generation });
    return { state: "unobserved", observation: observed, because };
  }
  if (found !== undefined) return { state: "programmed", observation: observed, because: "" };
  const because = `its status has no listener "${listener}"`;
  return { state: "not-programmed", observation: observed, because };
}

/**
 * Whether a controller has said Programmed of the Gateway and of this listener, of whichever generation,
 * and nothing against either: all that can be known where {@link programmedState} is `unobserved`.
 */
export function saysProgrammed(gateway: KubeObject, listener: string): boolean {
  const own = relevant(conditionsOf(gateway["status"]));
  const found = listenerOf(gateway, listener);
  return found !== undefined && conditionIn(own, "Programmed") !== undefined &&
    [...own, ...relevant(found.conditions)].every((condition) =>
      condition.status === "True" && !isUnwritten(condition)
    );
}

function relevant(conditions: readonly Condition[]): Condition[] {
  return conditions.filter(({ type }) => type === "Accepted" || type === "Programmed");
}

function whyUnobserved(
  conditions: readonly Condition[],
  { observed, generation }: { observed: Observation; generation: number | undefined },
): string {
  if (observed === "zero") return "its controller says observedGeneration 0, which none is";
  if (observed === "stale") {
    const seen = Math.min(...conditions.map((condition) => condition.observedGeneration!));
    return `its conditions are about generation ${seen}, and it is at ${generation}`;
  }
  if (observed === "current") return "its controller says nothing of Programmed";
  if (conditions.every(isUnwritten)) return "no controller has looked at it yet";
  const unwritten = conditions.find(isUnwritten);
  return unwritten === undefined
    ? "its conditions do not say of which generation they are"
    : `its controller says nothing of ${unwritten.type} yet`;
}
