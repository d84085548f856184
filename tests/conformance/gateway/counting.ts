/**
 * Which routes are counted in attachedRoutes, and in how many writes? Refused ones, too, with some.
 * @module
 */

import assert from "node:assert/strict";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import { patch, post } from "../asking.ts";
import { listenerObject, type ListenerSpec } from "./route_objects.ts";
import type { Scene } from "./scene.ts";
import type { GatewayBehaviour, GatewaySubject } from "./subject.ts";

/** Enough for the writes of the Gateway to be few beside them. */
const MANY = 100;
const AT_ONCE = 4;

export const COUNTING: readonly GatewayBehaviour[] = [
  {
    name: "of two equal routes the younger is counted and not served; Contour refuses it with " +
      "RuleMatchConflict, Traefik accepts it",
    async check(scene, { backend, bodyOf, traits }) {
      const hosts = [scene.host("twin")];
      const accepted = { Accepted: "True/Accepted" };
      await scene.route("a", { hosts });
      await scene.untilSaid("a", accepted);
      await scene.untilAnswers(hosts[0]!, 200);
      await scene.route("b", { hosts, backend: { name: backend.name, port: backend.ports[1] } });
      const refused = { Accepted: "False/RuleMatchConflict" };
      await scene.untilSaid("b", traits.twin === "refused" ? refused : accepted);
      await scene.untilCounted(2);
      const { body } = await scene.untilAnswers(hosts[0]!, 200);
      assert.ok(body.startsWith(bodyOf(backend.ports[0])), body);
      await scene.remove("a");
      await scene.untilCounted(1);
      await scene.untilSaid("b", accepted);
      await untilBody(scene, hosts[0]!, bodyOf(backend.ports[1]));
    },
  },
  {
    name:
      "the Gateway is written far less often than routes are added; Traefik, which writes their " +
      "statuses on the way, writes it more often when they are deleted",
    async check(scene, { traits }) {
      const names = Array.from({ length: MANY }, (_, index) => `r${index}`);
      await eachAtMost(names, (name) => scene.route(name), { limit: AT_ONCE });
      await scene.untilCounted(MANY);
      const adding = scene.counts.length;
      await eachAtMost(names, (name) => scene.remove(name), { limit: AT_ONCE });
      await scene.untilCounted(0);
      const deleting = scene.counts.length - adding;
      assert.ok(adding < MANY / 2, `${adding} writes for ${MANY} routes`);
      if (traits.statusLeads) assert.ok(adding < deleting, `${adding} writes, then ${deleting}`);
    },
  },
  {
    name: "without routes the listener still has its entry, with attachedRoutes 0 and conditions",
    async check(scene) {
      await scene.route("a");
      await scene.untilCounted(1);
      await scene.remove("a");
      await scene.untilCounted(0);
      assert.ok(scene.listener!.conditions.length > 0);
    },
  },
  {
    name:
      "a route without a host name of the listener's is refused with NoMatchingListenerHostname; " +
      "Contour counts it, Traefik does not",
    async check(scene, subject) {
      await using _listener = await changedListener(subject, { hostname: "*.example.com" });
      await scene.route("a", { hosts: [`${scene.id}.example.org`] });
      await scene.untilSaid("a", { Accepted: "False/NoMatchingListenerHostname" });
      if (subject.traits.countsOtherHosts) await scene.untilCounted(1);
      else await assertNotCounted(scene);
    },
  },
  {
    name: "a route with one host name of the listener's and one of others is accepted and served " +
      "at the one",
    async check(scene, subject) {
      await using _listener = await changedListener(subject, { hostname: "*.example.com" });
      const other = `${scene.id}.example.org`;
      await scene.route("a", { hosts: [scene.host("a"), other] });
      await scene.untilSaid("a", { Accepted: "True/Accepted" });
      await scene.untilCounted(1);
      await scene.untilAnswers(scene.host("a"), 200);
      await scene.untilAnswers(other, 404);
    },
  },
  {
    name: "a route of a namespace that the listener does not allow is NotAllowedByListeners, and " +
      "not counted",
    async check(scene, subject) {
      const namespace = scene.id;
      await post(subject, "/api/v1/namespaces", { metadata: { name: namespace } });
      await using _listener = await changedListener(subject, { from: "Same" });
      await scene.route("a", { namespace });
      await scene.untilSaid("a", { Accepted: "False/NotAllowedByListeners" });
      await assertNotCounted(scene);
    },
  },
  {
    name:
      "a route for a listener that the Gateway does not have is NoMatchingParent, and not counted",
    async check(scene, { gateway }) {
      await scene.route("a", { parents: [{ ...gateway, sectionName: "no-such-listener" }] });
      await scene.untilSaid("a", { Accepted: "False/NoMatchingParent" });
      await assertNotCounted(scene);
    },
  },
];

/** With a good route after it the count is of that alone. */
async function assertNotCounted(scene: Scene): Promise<void> {
  await scene.route("good");
  await scene.untilAnswers(scene.host("good"), 200);
  await scene.untilCounted(1);
  assert.ok(!scene.counts.includes(2), `counts: ${scene.counts}`);
}

/** The subject's listener with something changed, until it is disposed. */
async function changedListener(
  subject: GatewaySubject,
  change: Partial<ListenerSpec>,
): Promise<AsyncDisposable> {
  const { namespace, name } = subject.gateway;
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways/${name}`;
  const usual = { name: subject.listener, port: subject.listenerPort };
  const set = async (listener: ListenerSpec) => {
    await patch(subject, path, { body: { spec: { listeners: [listenerObject(listener)] } } });
  };
  await set({ ...usual, ...change });
  return { [Symbol.asyncDispose]: () => set(usual) };
}

async function untilBody(scene: Scene, host: string, start: string): Promise<void> {
  for (;;) {
    const { body } = await scene.untilAnswers(host, 200);
    if (body.startsWith(start)) return;
  }
}
