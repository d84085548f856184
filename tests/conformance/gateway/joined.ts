/**
 * What happens to a route that is on the Gateways of two controllers? They share one status.
 * @module
 */

import assert from "node:assert/strict";
import { type ParentStatus, said, type SeenRoute } from "./route_objects.ts";
import type { Scene } from "./scene.ts";
import type { GatewaySubject } from "./subject.ts";

/** A behaviour of two controllers beside each other, on one API server. */
export interface JoinedBehaviour {
  readonly name: string;
  readonly check: (
    scene: Scene,
    subjects: readonly [GatewaySubject, GatewaySubject],
  ) => Promise<void>;
}

export const JOINED: readonly JoinedBehaviour[] = [
  {
    name: "both keep their entry in a status, and with nothing to do neither writes",
    async check(scene, subjects) {
      const parents = subjects.map(({ gateway }) => gateway);
      const make = async (name: string) => {
        await scene.route(name, { parents });
        await scene.untilRoute(
          name,
          "both have accepted it",
          (route) => isAcceptedByAll(route, subjects),
        );
      };
      await make("a");
      // Who has not heard yet of what it wrote itself may write it again, once.
      await make("b");
      const writes = () => statusWrites(scene, "a");
      const before = writes();
      assert.ok(before >= subjects.length, `${before} writes`);
      // Whoever fights does so by the time that other routes have been through the same.
      await make("c");
      await make("d");
      assert.equal(writes(), before);
      assert.ok(isAcceptedByAll(await scene.readRoute("a"), subjects));
    },
  },
  {
    name: "managedFields name the last writer of the parents only",
    async check(scene, subjects) {
      await scene.route("a", { parents: subjects.map(({ gateway }) => gateway) });
      await scene.untilRoute(
        "a",
        "both have accepted it",
        (route) => isAcceptedByAll(route, subjects),
      );
      const { metadata } = await scene.readRoute("a") as unknown as {
        metadata: { managedFields: { subresource?: string; fieldsV1: { "f:status": object } }[] };
      };
      const ofStatus = metadata.managedFields.filter(({ subresource }) => subresource === "status");
      const ofParents = ofStatus.filter(({ fieldsV1 }) => "f:parents" in fieldsV1["f:status"]);
      assert.equal(ofParents.length, 1, JSON.stringify(ofStatus));
    },
  },
];

function isAcceptedByAll(route: SeenRoute, subjects: readonly GatewaySubject[]): boolean {
  return subjects.every(({ controllerName }) =>
    said(entryOf(route, controllerName)?.conditions, "Accepted") === "True/Accepted"
  );
}

function entryOf(route: SeenRoute, controllerName: string): ParentStatus | undefined {
  return route.status?.parents.find((parent) => parent.controllerName === controllerName);
}

function statusWrites(scene: Scene, name: string): number {
  return scene.routeWrites.filter(({ before, after }) =>
    after.metadata.name === `${scene.id}-${name}` && before !== undefined
  ).length;
}
