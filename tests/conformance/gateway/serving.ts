/**
 * What does the data plane answer, and is it before or after the status? The two are different
 * processes of one change.
 * @module
 */

import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { HttpAnswer } from "../../support/http_answer.ts";
import { eventually } from "../asking.ts";
import type { GatewayBehaviour } from "./subject.ts";

const ACCEPTED = { Accepted: "True/Accepted" };
/** In lower case, as node:http has it. */
const HEADER = "x-change";
const CHANGES = 10;

export const SERVING: readonly GatewayBehaviour[] = [
  {
    name:
      "a route is accepted, counted and served; with Traefik the status is first, with Contour " +
      "either is",
    async check(scene, { traits, backend }) {
      await scene.route("a");
      const { body } = await scene.untilAnswers(scene.host("a"), 200);
      assert.match(body, new RegExp(`^port=${backend.ports[0]} path=/\\s`));
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
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const answers: HttpAnswer[] = [];
      for (let change = 0; change < CHANGES; change += 1) {
        const filter = {
          type: "ResponseHeaderModifier",
          responseHeaderModifier: { set: [{ name: HEADER, value: String(change) }] },
        };
        const { spec } = await scene.readRoute("a");
        const rules = spec.rules.map((rule) => ({ ...rule, filters: [filter] }));
        await scene.patchRoute("a", { spec: { rules } });
        await eventually(`change ${change}`, async () => {
          answers.push(await scene.ask(scene.host("a"), agent));
          return answers.at(-1)!.headers[HEADER] === String(change);
        });
      }
      agent.destroy();
      assert.deepEqual(new Set(answers.map(({ outcome }) => outcome)), new Set([200]));
      assert.equal(new Set(answers.map(({ localPort }) => localPort)).size, 1);
      const closing = answers.filter(({ headers }) => headers["connection"] === "close");
      assert.deepEqual(closing, []);
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
