/**
 * Does the address of each Gateway serve routes that are attached to it, and to it alone? Lays a first
 * route for each, which stays for the whole run, so that no listener is ever without one: some data
 * planes close the port then.
 * @module
 */

import { CannotRunError, messageOf, OperationFailedError } from "../../../core/errors.ts";
import { formatAddress } from "../../../core/net/address.ts";
import type { Run } from "../../../core/run/run.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";
import { matches } from "../answers/answer.ts";
import { untilServed } from "../answers/until_served.ts";
import type { GatewayValues } from "../flags.ts";
import type { ExpectedAnswer } from "../objects/expected_answer.ts";
import { expectedOf, httpRoute, type RouteFields } from "../objects/route.ts";
import { acceptanceText } from "./acceptance_text.ts";
import { Asking } from "./asking.ts";
import type { SceneGateway } from "./scene_gateway.ts";
import { outcomeOf } from "./outcome.ts";
import { parentOf } from "./parents.ts";
import { placeOf } from "./route_places.ts";
import type { ReadyGateway } from "./ready_gateway.ts";
import type { RouteWatch } from "./route_watch.ts";
import type { RouteWrites } from "./route_writes.ts";

export interface PilotOptions {
  readonly gateways: readonly SceneGateway[];
  readonly writes: RouteWrites;
  /** For what is said of a pilot that is not served. */
  readonly routes: Pick<RouteWatch, "acceptance">;
  readonly values: GatewayValues;
  readonly identity: RunIdentity;
  /** Name of the pilot of Gateway `index`, from 1. */
  readonly nameOf: (index: number) => string;
}

/** A first route: how it is asked for. */
export interface Pilot {
  readonly host: string;
  readonly expected: ExpectedAnswer;
}

/**
 * Resolves when each Gateway serves its pilot.
 * @returns them, by tag of the Gateway
 * @throws {CannotRunError} if one is not served, in time
 */
export async function layPilots(
  run: Run,
  options: PilotOptions,
): Promise<ReadonlyMap<string, Pilot>> {
  const { gateways, writes, values, routes: statuses } = options;
  using asking = new Asking(run.clock, values);
  const routes = gateways.map((gateway, index) => pilotFor(gateway, index + 1, options));
  for (const [index, gateway] of gateways.entries()) {
    const route = routes[index]!;
    const { doneMs } = await writes.create(run, httpRoute(route));
    await untilPilotServed(run, { gateway, route, asking, dueMs: doneMs, values, statuses });
  }
  for (const gateway of gateways) await untilPilotCounted(run, gateway, values);
  await warnOfShared(run, { gateways, routes, asking });
  return new Map(gateways.map(({ tag }, index) => {
    const route = routes[index]!;
    return [tag, { host: route.hostnames[0]!, expected: expectedOf(route) }];
  }));
}

function pilotFor(
  gateway: ReadyGateway,
  index: number,
  { values: { namespace }, identity, nameOf }: PilotOptions,
): RouteFields {
  const label = `pilot-${index}`;
  const around = { runId: identity.runId, gateways: [gateway] };
  const { host, path } = placeOf(around, { label, path: `/${label}` });
  return {
    name: nameOf(index),
    namespace,
    labels: ownerLabels(identity),
    hostnames: [host],
    path,
    parents: [parentOf(gateway, gateway.listeners[0]!)],
    to: { kind: "redirect", host, status: 302 },
  };
}

async function untilPilotServed(
  run: Run,
  { gateway, route, asking, dueMs, values, statuses }: {
    gateway: ReadyGateway;
    statuses: PilotOptions["routes"];
    route: RouteFields;
    asking: Asking;
    dueMs: number;
    values: GatewayValues;
  },
): Promise<void> {
  const { tag, plane: { address: hostname, port }, className } = gateway;
  const expected = expectedOf(route);
  try {
    await untilServed(run, {
      what: `it serves a route of Gateway ${tag}`,
      asker: asking.of(gateway, "fresh"),
      host: route.hostnames[0]!,
      path: expected.path,
      expected,
      dueMs,
      intervalMs: values.interval,
      consecutive: values.consecutive,
      timeoutMs: values["ready-timeout"],
      signal: run.stopping,
    });
  } catch (thrown) {
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    const acceptance = statuses.acceptance(`${route.namespace}/${route.name}`, tag);
    throw new CannotRunError(
      `${formatAddress({ hostname, port })}, the address of Gateway ${tag} (class ${className}), ` +
        `does not serve a route that is attached to it: ${
          messageOf(thrown)
        }; of the route is said: ` +
        `${acceptanceText(acceptance)}; if it answers elsewhere, say where with --address`,
      { cause: thrown },
    );
  }
}

/** What a probe begins from; a Gateway that does not count a route that it serves is told of. */
async function untilPilotCounted(
  run: Run,
  { tag, watch, attachedWithPilot }: SceneGateway,
  { "ready-timeout": timeoutMs }: GatewayValues,
): Promise<void> {
  const what = `Gateway ${tag} counts ${attachedWithPilot} routes`;
  const wait = { timeoutMs, signal: run.stopping, what };
  const counted = await outcomeOf(
    run,
    watch.until(() => watch.count === attachedWithPilot || undefined, wait),
  );
  if (counted !== undefined || run.stopping.aborted) return;
  run.warn(
    "pilot-not-counted",
    `Gateway ${tag} says ${watch.count ?? "nothing"} of attached routes, and not ` +
      `${attachedWithPilot}, though it serves the first route of the run`,
  );
}

/** Where one data plane serves several Gateways, the answers of one may be those of another. */
async function warnOfShared(
  run: Run,
  { gateways, routes, asking }: {
    gateways: readonly ReadyGateway[];
    routes: readonly RouteFields[];
    asking: Asking;
  },
): Promise<void> {
  for (const gateway of gateways) {
    for (const [index, other] of gateways.entries()) {
      if (other === gateway) continue;
      const expected = expectedOf(routes[index]!);
      const question = { host: routes[index]!.hostnames[0]!, path: expected.path };
      const answer = await asking.of(gateway, "fresh").ask({ ...question, signal: run.stopping });
      if (!matches(answer, expected)) continue;
      run.warn(
        "shared-data-plane",
        `The address of Gateway ${gateway.tag} also serves routes of ${other.tag}: figures of one ` +
          "may be those of the other's data plane",
      );
    }
  }
}
