/**
 * What does the API server itself do with objects of the Gateway API, that a probe could take for the
 * doing of a controller?
 * @module
 */

import assert from "node:assert/strict";
import type { ManagedFields } from "../../../kube/watch/field_writer.ts";
import { APPLY, patch, post, put } from "../asking.ts";
import type { Seen } from "../subject.ts";
import {
  type Condition,
  GATEWAY_API,
  gatewayObject,
  gatewaysOf,
  routeObject,
  routesOf,
  said,
  type SeenGateway,
} from "./route_objects.ts";
import type { GatewayBehaviour } from "./subject.ts";

/** Routes for it are nobody's business. */
const NOBODY = "nobody";
const NEVER = "1970-01-01T00:00:00Z";

export const OBJECTS: readonly GatewayBehaviour[] = [
  {
    name:
      "a Gateway that no controller has seen has conditions of 1970 without observedGeneration, " +
      "which are no manager's; a route has no status",
    async check(scene, subject) {
      const { namespace } = subject.gateway;
      const listener = { name: "http", port: 80 };
      const body = gatewayObject(scene.id, { className: NOBODY, listener });
      const made = await post(subject, gatewaysOf(namespace), body);
      const { status } = made as unknown as SeenGateway;
      const conditions = status!.conditions!;
      assert.equal(said(conditions, "Accepted"), "Unknown/Pending");
      assert.equal(said(conditions, "Programmed"), "Unknown/Pending");
      assert.deepEqual(conditions.map(timeAndGeneration), [[NEVER, undefined], [NEVER, undefined]]);
      assert.deepEqual(made.metadata.managedFields!.map(partOf), [undefined]);
      const route = routeObject(scene.id, strange(namespace));
      assert.equal((await post(subject, routesOf(namespace), route))["status"], undefined);
      const gatewayClass = await post(subject, `${GATEWAY_API}/gatewayclasses`, {
        apiVersion: body.apiVersion,
        kind: "GatewayClass",
        metadata: { name: scene.id },
        spec: { controllerName: "example.com/nobody" },
      });
      const classConditions = (gatewayClass as unknown as SeenGateway).status!.conditions!;
      assert.deepEqual(classConditions.map(timeAndGeneration), [[NEVER, undefined]]);
    },
  },
  {
    name:
      "what is applied again by the same manager is no write; by another it is one that changes " +
      "nothing but managedFields",
    async check(scene, subject) {
      const { namespace } = subject.gateway;
      const body = routeObject(scene.id, strange(namespace));
      const apply = (manager: string, status = 200) =>
        patch(subject, `${routesOf(namespace)}/${scene.id}?fieldManager=${manager}&force=true`, {
          type: APPLY,
          body,
          status,
        });
      const first = await apply("one", 201);
      const again = await apply("one");
      assert.equal(again.metadata.resourceVersion, first.metadata.resourceVersion);
      const other = await apply("other");
      assert.notEqual(other.metadata.resourceVersion, first.metadata.resourceVersion);
      assert.deepEqual(other["spec"], first["spec"]);
      assert.equal(other.metadata.generation, first.metadata.generation);
      const { resourceVersion } = other.metadata;
      const seen = () =>
        scene.routeWrites.filter(({ after }) => after.metadata.name === scene.id)
          .map(({ after }) => after.metadata.resourceVersion);
      await scene.untilWritten(scene.id, resourceVersion);
      assert.deepEqual(seen(), [first.metadata.resourceVersion, resourceVersion]);
    },
  },
  {
    name: "a status of which nothing but a lastTransitionTime is new is a write; the same is none",
    async check(scene, subject) {
      const { namespace } = subject.gateway;
      const route = routeObject(scene.id, strange(namespace));
      const made = await post(subject, routesOf(namespace), route);
      const path = `${routesOf(namespace)}/${scene.id}/status`;
      const first = await put(subject, path, withTime(made, "2026-01-01T00:00:00Z"));
      const same = await put(subject, path, withTime(first, "2026-01-01T00:00:00Z"));
      assert.equal(same.metadata.resourceVersion, first.metadata.resourceVersion);
      const moved = await put(subject, path, withTime(same, "2026-01-01T00:00:01Z"));
      assert.notEqual(moved.metadata.resourceVersion, first.metadata.resourceVersion);
      assert.equal(moved.metadata.generation, made.metadata.generation);
    },
  },
  {
    name:
      "a status is an Update by a manager named after the controller's binary, at a whole second",
    async check(scene, { traits }) {
      await scene.route("a");
      await scene.untilSaid("a", { Accepted: "True/Accepted" });
      const { metadata } = await scene.readRoute("a") as unknown as Seen;
      const entries = metadata.managedFields as unknown as ManagedFields[];
      const ofStatus = entries.filter(({ subresource }) => subresource === "status");
      assert.deepEqual(ofStatus.map(({ manager, operation }) => [manager, operation]), [
        [traits.manager, "Update"],
      ]);
      for (const { time } of entries) {
        assert.match(time!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      }
    },
  },
];

function strange(namespace: string) {
  return {
    parents: [{ namespace, name: NOBODY }],
    hosts: ["nobody.example.com"],
    backend: { name: NOBODY, port: 80 },
  };
}

function timeAndGeneration({ lastTransitionTime, observedGeneration }: Condition) {
  return [lastTransitionTime, observedGeneration];
}

function partOf(entry: unknown): unknown {
  return (entry as { subresource?: string }).subresource;
}

function withTime(route: Seen, lastTransitionTime: string) {
  const condition = { type: "Accepted", status: "True", reason: "Accepted", message: "" };
  return {
    ...route,
    status: {
      parents: [{
        controllerName: "example.com/nobody",
        parentRef: { name: NOBODY },
        conditions: [{ ...condition, lastTransitionTime }],
      }],
    },
  };
}
