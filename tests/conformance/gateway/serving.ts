/**
 * What does the data plane answer, and is it before or after the status? The two are different
 * processes of one change.
 * @module
 */

import assert from "node:assert/strict";
import { ClosedLoop } from "./closed_loop.ts";
import type { GatewayBehaviour, GatewaySubject } from "./subject.ts";

const ACCEPTED = { Accepted: "True/Accepted" };
/** In lower case, as node:http has it. */
const HEADER = "x-change";
const CHANGES = 10;
/** What fails in some changes fails by then. */
const MOST_CHANGES = 200;

export const SERVING: readonly GatewayBehaviour[] = [
  {
    name:
      "a route is accepted, counted and served; with Traefik the status is first, with Contour " +
      "either is",
    async check(scene, { traits, backend, bodyOf }) {
      await scene.route("a");
      const { body } = await scene.untilAnswers(scene.host("a"), 200);
      assert.ok(body.startsWith(bodyOf(backend.ports[0])), body);
      if (traits.statusLeads) {
        const { status } = await scene.readRoute("a");
        assert.equal(status?.parents[0]?.conditions.length, 2, JSON.stringify(status));
        const gateway = await scene.readGateway();
        assert.equal(gateway.status!.listeners![0]!.attachedRoutes, 1);
      }
      await scene.untilSaid("a", { ...ACCEPTED, ResolvedRefs: "True/ResolvedRefs" });
      await scene.untilCounted(1);
    },
  },
  {
    name: "a host name that no route has is answered with 404, by Contour with an empty body, by " +
      "Traefik with a line of text",
    async check(scene, { traits }) {
      await scene.route("a");
      await scene.untilAnswers(scene.host("a"), 200);
      const { outcome, body } = await scene.ask(scene.host("stranger"));
      assert.deepEqual([outcome, body], [404, traits.unknownHost]);
    },
  },
  {
    name: "a route that is deleted is not served any more; with Traefik the count falls first",
    async check(scene, { traits }) {
      await scene.route("kept");
      await scene.route("a");
      await scene.untilCounted(2);
      await scene.untilAnswers(scene.host("a"), 200);
      await scene.untilAnswers(scene.host("kept"), 200);
      await scene.remove("a");
      await scene.untilAnswers(scene.host("a"), 404);
      if (traits.statusLeads) {
        const gateway = await scene.readGateway();
        assert.equal(gateway.status!.listeners![0]!.attachedRoutes, 1);
      }
      await scene.untilCounted(1);
      assert.equal((await scene.ask(scene.host("kept"))).outcome, 200);
    },
  },
  {
    name: "with the last route Contour closes the port, and opens it with the first; Traefik " +
      "answers 404",
    async check(scene, { traits }) {
      await scene.untilAnswers(scene.host("a"), traits.noRoutes);
      await scene.route("a");
      await scene.untilAnswers(scene.host("a"), 200);
      await scene.remove("a");
      await scene.untilAnswers(scene.host("a"), traits.noRoutes);
      await scene.untilCounted(0);
    },
  },
  {
    name: "while a route's filters change every answer is 200, and a connection that is kept stays",
    async check(scene) {
      await scene.route("a");
      await scene.untilAnswers(scene.host("a"), 200);
      using client = new ClosedLoop(scene, "a");
      for (let change = 0; change < CHANGES; change += 1) {
        const value = String(change);
        const filters = [{
          type: "ResponseHeaderModifier",
          responseHeaderModifier: { set: [{ name: HEADER, value }] },
        }];
        await client.during({ filters }, ({ headers }) => headers[HEADER] === value);
      }
      assert.deepEqual(client.failures, []);
      const { answers } = client;
      assert.equal(new Set(answers.map(({ localPort }) => localPort)).size, 1);
      const closing = answers.filter(({ headers }) => headers["connection"] === "close");
      assert.deepEqual(closing, []);
    },
  },
  {
    name:
      "while a route goes from one port to the other Contour answers some requests with 503 and " +
      "no body, Traefik none",
    async check(scene, subject) {
      const { failsOnNewPort } = subject.traits;
      await scene.route("a");
      await scene.untilAnswers(scene.host("a"), 200);
      using client = new ClosedLoop(scene, "a");
      for (
        let change = 1;
        change <= (failsOnNewPort ? MOST_CHANGES : CHANGES);
        change += 1
      ) {
        await changePort(client, subject, change);
        if (client.failures.length > 0) break;
      }
      const failures = client.failures.map(({ outcome, body }) => [outcome, body]);
      assert.equal(failures.length > 0, failsOnNewPort);
      for (const failure of failures) assert.deepEqual(failure, [503, ""]);
    },
  },
  {
    name: "where other routes use both ports each answer is 200",
    async check(scene, subject) {
      const { backend } = subject;
      await scene.route("a");
      for (const port of backend.ports) {
        await scene.route(`user-of-${port}`, { backend: { name: backend.name, port } });
        await scene.untilAnswers(scene.host(`user-of-${port}`), 200);
      }
      await scene.untilAnswers(scene.host("a"), 200);
      using client = new ClosedLoop(scene, "a");
      for (let change = 1; change <= CHANGES; change += 1) {
        await changePort(client, subject, change);
      }
      assert.deepEqual(client.failures, []);
    },
  },
  {
    name:
      "without its controller Envoy goes on serving and learns nothing new; Traefik, which is " +
      "both, refuses connections",
    async check(scene, { restartController, traits }) {
      await scene.route("a");
      await scene.untilAnswers(scene.host("a"), 200);
      await restartController(async () => {
        await scene.route("late");
        assert.equal((await scene.ask(scene.host("a"))).outcome, traits.withoutController);
        assert.notEqual((await scene.ask(scene.host("late"))).outcome, 200);
      });
      await scene.untilAnswers(scene.host("late"), 200);
      await scene.untilCounted(2);
    },
  },
];

/** The first of these changes is to the second port. */
async function changePort(
  client: ClosedLoop,
  { backend: { name, ports }, bodyOf }: GatewaySubject,
  change: number,
): Promise<void> {
  const port = ports[change % 2]!;
  const isThere = ({ body }: { body: string }) => body.startsWith(bodyOf(port));
  await client.during({ backendRefs: [{ name, port }] }, isThere);
}
