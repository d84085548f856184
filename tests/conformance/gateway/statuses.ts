/**
 * When is a status written, and what in it does not mean what it seems to?
 * @module
 */

import assert from "node:assert/strict";
import { eventually, get, post } from "../asking.ts";
import {
  type Condition,
  GATEWAY_API,
  gatewayObject,
  gatewaysOf,
  type GatewayStatus,
  said,
  type SeenGateway,
} from "./route_objects.ts";
import { listenerOf } from "./scene.ts";
import type { GatewayBehaviour, GatewaySubject } from "./subject.ts";

const ACCEPTED = { Accepted: "True/Accepted" };

export const STATUSES: readonly GatewayBehaviour[] = [
  {
    name:
      "Traefik says that it accepts its GatewayClass; Contour, told of a single Gateway, says " +
      "nothing of a class",
    async check(_scene, subject) {
      const path = `${GATEWAY_API}/gatewayclasses/${subject.className}`;
      const { status } = await get(subject, path) as unknown as SeenGateway;
      const expected = subject.traits.takesAnyGateway ? /^True\// : /^Unknown\/Pending$/;
      assert.match(said(status!.conditions, "Accepted")!, expected);
    },
  },
  {
    name: "of a Gateway whose port it does not serve Traefik says Programmed=False/Invalid, with " +
      "an address all the same; Contour says nothing of a Gateway that it was not told of",
    async check(scene, subject) {
      const { className, gateway, traits } = subject;
      const path = gatewaysOf(gateway.namespace);
      const listener = { name: "http", port: 81 };
      const seen = () => get(subject, `${path}/${scene.id}`) as Promise<unknown>;
      await post(subject, path, gatewayObject(scene.id, { className, listener }));
      if (!traits.takesAnyGateway) {
        await scene.route("after");
        await scene.untilCounted(1);
        const { status } = await seen() as SeenGateway;
        assert.equal(said(status!.conditions, "Programmed"), "Unknown/Pending");
        return;
      }
      let found: SeenGateway = {};
      await eventually("it says that the Gateway is invalid", async () => {
        found = await seen() as SeenGateway;
        return said(found.status?.conditions, "Programmed") === "False/Invalid";
      });
      assert.equal(found.status!.addresses!.length, 1);
      const { conditions, supportedKinds } = listenerOf(found, "http")!;
      assert.equal(said(conditions, "Programmed"), undefined);
      assert.deepEqual(supportedKinds, []);
    },
  },
  {
    name:
      "for objects that are none of its business and for a label it writes no route; Contour may " +
      "write the Gateway, with its conditions in another order, Traefik does not",
    async check(scene, subject) {
      await scene.route("a");
      await scene.untilSaid("a", ACCEPTED);
      await scene.untilCounted(1);
      await scene.untilOtherSecond();
      const { namespace } = subject.gateway;
      const before = scene.gateway.status!;
      const [gatewayWrites, routeWrites] = [scene.ownWrites.length, scene.routeWrites.length];
      const metadata = { name: scene.id };
      await post(subject, "/api/v1/namespaces", { metadata });
      await post(subject, `/api/v1/namespaces/${namespace}/configmaps`, { metadata });
      await post(subject, `/api/v1/namespaces/${namespace}/secrets`, { metadata });
      await scene.service("stranger", { spec: { ports: [{ port: 80 }] } });
      await scene.patchRoute("a", { metadata: { labels: { a: "b" } } });
      // By the time that this one is counted all before it has been looked at.
      await scene.route("after");
      await scene.untilSaid("after", ACCEPTED);
      await scene.untilCounted(2);
      assertNothingSaid(scene.ownWrites.slice(gatewayWrites), { before, subject });
      const written = scene.routeWrites.slice(routeWrites).map(({ after, subresource }) => [
        after.metadata.name,
        subresource,
      ]);
      assert.deepEqual(written, [
        [`${scene.id}-a`, ""],
        [`${scene.id}-after`, ""],
        [`${scene.id}-after`, "status"],
      ]);
    },
  },
  {
    name:
      "a parent that a route does not ask for any more keeps its entry, Accepted=True and all, " +
      "of a former generation",
    async check(scene, { gateway, traits }) {
      await scene.route("a");
      await scene.untilSaid("a", ACCEPTED);
      await scene.untilCounted(1);
      await scene.patchRoute("a", { spec: { parentRefs: [{ ...gateway, name: "nobody" }] } });
      await scene.untilCounted(0);
      await scene.untilAnswers(scene.host("a"), traits.noRoutes);
      const route = await scene.readRoute("a");
      const entry = scene.entryOf(route);
      assert.equal(said(entry?.conditions, "Accepted"), "True/Accepted");
      const observed = entry!.conditions.map(({ observedGeneration }) => observedGeneration);
      assert.deepEqual([new Set(observed), route.metadata.generation], [new Set([1]), 2]);
    },
  },
  {
    name: "every write of a Gateway moves the lastTransitionTime of its conditions, whose status " +
      "stays",
    async check(scene) {
      const times = () =>
        scene.gateway.status!.conditions!.map(({ lastTransitionTime }) => lastTransitionTime);
      const before = times();
      // Times are in whole seconds: one of the writes is in another than that of the first.
      let count = 0;
      await eventually("the times have moved", async () => {
        await scene.route(`r${++count}`);
        await scene.untilCounted(count);
        return times().every((time, index) => time !== before[index]);
      });
      const statuses = scene.gatewayWrites.map(({ after }) =>
        (after as unknown as SeenGateway).status!.conditions!.map(({ status }) => status)
      );
      assert.ok(statuses.flat().every((status) => status === "True"), JSON.stringify(statuses));
    },
  },
  {
    name:
      "a restarted controller writes no route; Contour may write the Gateway, with nothing but " +
      "other times and its conditions in another order, Traefik does not",
    async check(scene, subject) {
      await scene.route("a");
      await scene.untilSaid("a", ACCEPTED);
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), 200);
      await scene.untilOtherSecond();
      const before = scene.gateway.status!;
      const [gatewayWrites, routeWrites] = [scene.ownWrites.length, scene.routeWrites.length];
      await subject.restartController();
      // What it does at its start it does before it takes a new route.
      await scene.route("after");
      await scene.untilSaid("after", ACCEPTED);
      await scene.untilCounted(2);
      await scene.untilAnswers(scene.host("after"), 200);
      await scene.untilAnswers(scene.host("a"), 200);
      assertNothingSaid(scene.ownWrites.slice(gatewayWrites), { before, subject });
      const rewritten = scene.routeWrites.slice(routeWrites)
        .filter(({ after }) => after.metadata.name === `${scene.id}-a`);
      assert.deepEqual(rewritten, []);
    },
  },
];

/** Of writes of a Gateway up to one that counts another route: they say what was said before. */
function assertNothingSaid(
  writes: readonly GatewayStatus[],
  { before, subject }: { before: GatewayStatus; subject: GatewaySubject },
): void {
  const count = countOf(before) + 1;
  const first = writes.findIndex((status) => countOf(status) === count);
  if (!subject.traits.shufflesConditions) assert.equal(first, 0);
  for (const status of writes.slice(0, first)) {
    assert.deepEqual(meaningOf(status), meaningOf(before));
  }
}

function countOf({ listeners }: GatewayStatus): number {
  return listeners![0]!.attachedRoutes;
}

/** Without times and the order of conditions, which mean nothing: Contour changes both unasked. */
function meaningOf(status: GatewayStatus) {
  const timeless = (conditions: readonly Condition[] = []) =>
    conditions.map(({ lastTransitionTime: _, ...rest }) => rest)
      .sort((one, other) => one.type.localeCompare(other.type));
  return {
    ...status,
    conditions: timeless(status.conditions),
    listeners: status.listeners?.map((listener) => ({
      ...listener,
      conditions: timeless(listener.conditions),
    })),
  };
}
