/**
 * What happens to a route that is on the Gateways of two controllers? They share one status.
 * @module
 */

import assert from "node:assert/strict";
import type { ManagedFields } from "../../../kube/watch/field_writer.ts";
import type { ObjectWrite } from "../../../kube/watch/object_watch.ts";
import { type ParentStatus, said, type SeenRoute } from "./route_objects.ts";
import type { Scene } from "./scene.ts";
import type { GatewaySubject } from "./subject.ts";

/** A round is another route that both have seen, and so whatever was written before it. */
const QUIET_ROUNDS = 3;
const MOST_ROUNDS = 20;

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
      const writes = () => statusWrites(scene, "a").length;
      assert.ok(writes() >= subjects.length, `${writes()} writes`);
      // Contour may write once more, to have its own entry in front. Whoever fights goes on with it.
      for (let [round, quiet] = [1, 0]; quiet < QUIET_ROUNDS; round += 1) {
        assert.ok(round <= MOST_ROUNDS, `after ${writes()} writes it is still being written`);
        const before = writes();
        await make(`r${round}`);
        quiet = writes() === before ? quiet + 1 : 0;
      }
      assert.ok(isAcceptedByAll(await scene.readRoute("a"), subjects));
    },
  },
  {
    name:
      "managedFields name the last writer of the parents only, and the order of the parents, its " +
      "own first, changes with it",
    async check(scene, subjects) {
      const parents = subjects.map(({ gateway }) => gateway);
      await scene.route("a", { parents });
      await scene.untilRoute(
        "a",
        "both have accepted it",
        (route) => isAcceptedByAll(route, subjects),
      );
      const firsts = statusWrites(scene, "a").map(({ after }) =>
        firstOf(after as unknown as SeenRoute)
      );
      assert.deepEqual(new Set(firsts), new Set(subjects.map((one) => one.controllerName)));
      const route = await scene.readRoute("a");
      const writer = subjects.find(({ controllerName }) => controllerName === firstOf(route));
      assert.deepEqual(ownersOfParents(route), [writer!.traits.manager]);
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

/** Whose entry is in front. */
function firstOf({ status }: SeenRoute): string {
  return status!.parents[0]!.controllerName;
}

/** Managers to which managedFields give the parents. */
function ownersOfParents(route: SeenRoute): string[] {
  const { managedFields } = route.metadata as unknown as { managedFields: ManagedFields[] };
  return managedFields.filter(({ fieldsV1 }) => {
    const { "f:status": fields = {} } = fieldsV1 as { "f:status"?: Record<string, unknown> };
    return "f:parents" in fields;
  }).map(({ manager }) => manager!);
}

function statusWrites(scene: Scene, name: string): ObjectWrite[] {
  return scene.routeWrites.filter(({ after, subresource }) =>
    after.metadata.name === `${scene.id}-${name}` && subresource === "status"
  );
}
