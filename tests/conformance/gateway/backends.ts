/**
 * What is said, counted and answered where a backend is not as it should be: a route is attached all
 * the same, so that "attached" never means "served".
 * @module
 */

import assert from "node:assert/strict";
import { post } from "../asking.ts";
import type { GatewayBehaviour } from "./subject.ts";

const ACCEPTED = { Accepted: "True/Accepted" };
const RESOLVED = { ...ACCEPTED, ResolvedRefs: "True/ResolvedRefs" };
const NOT_FOUND = { ...ACCEPTED, ResolvedRefs: "False/BackendNotFound" };

export const BACKENDS: readonly GatewayBehaviour[] = [
  {
    name: "a route to a Service that does not exist is accepted, counted, and answered with 500",
    async check(scene) {
      await scene.route("a", { backend: { name: "no-such-service", port: 80 } });
      await scene.untilSaid("a", NOT_FOUND);
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), 500);
    },
  },
  {
    name: "so is a route to a port that its Service does not have",
    async check(scene, { backend }) {
      await scene.route("a", { backend: { name: backend.name, port: 9_999 } });
      await scene.untilSaid("a", NOT_FOUND);
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), 500);
    },
  },
  {
    name: "of a Service without endpoints Contour says ResolvedRefs=True and answers 503, " +
      "Traefik says BackendNotFound and answers 500; both count the route",
    async check(scene, { traits: { noEndpoints } }) {
      const name = await scene.service("empty", {
        spec: { ports: [{ port: 80 }] },
        // Otherwise Traefik may be set up to look at no endpoints, and connect to the Service.
        annotations: { "traefik.io/service.nativelb": "false" },
      });
      await scene.route("a", { backend: { name, port: 80 } });
      await scene.untilSaid("a", { ...ACCEPTED, ResolvedRefs: noEndpoints.refs });
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), noEndpoints.outcome);
    },
  },
  {
    name: "of a backend that refuses connections both say ResolvedRefs=True; " +
      "Contour answers 503, Traefik 502",
    connects: true,
    async check(scene, { traits, backendSpec }) {
      const spec = { ...backendSpec("127.64.0.254"), ports: [{ port: 8_088 }] };
      const name = await scene.service("dead", { spec });
      await scene.route("a", { backend: { name, port: 8_088 } });
      await scene.untilSaid("a", RESOLVED);
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), traits.deadBackend);
    },
  },
  {
    name: "a backend of another namespace that grants nothing is RefNotPermitted, counted and " +
      "answered with 500, until there is a ReferenceGrant",
    async check(scene, subject) {
      const namespace = scene.id;
      await post(subject, "/api/v1/namespaces", { metadata: { name: namespace } });
      const { gateway, backend, bodyOf } = subject;
      await scene.route("a", {
        namespace,
        backend: { name: backend.name, port: backend.ports[0], namespace: gateway.namespace },
      });
      await scene.untilSaid("a", { ...ACCEPTED, ResolvedRefs: "False/RefNotPermitted" });
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), 500);
      const group = "gateway.networking.k8s.io";
      const grants = `/apis/${group}/v1beta1/namespaces/${gateway.namespace}/referencegrants`;
      await post(subject, grants, {
        apiVersion: `${group}/v1beta1`,
        kind: "ReferenceGrant",
        metadata: { name: scene.id },
        spec: {
          from: [{ group, kind: "HTTPRoute", namespace }],
          to: [{ group: "", kind: "Service" }],
        },
      });
      const { body } = await scene.untilAnswers(scene.host("a"), 200);
      assert.ok(body.startsWith(bodyOf(backend.ports[0])), body);
      await scene.untilSaid("a", RESOLVED);
    },
  },
];
