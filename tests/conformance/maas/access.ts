/** Who is let in, who is not, and what are they told? @module */

import assert from "node:assert/strict";
import { ask } from "../asking.ts";
import { assertRefused } from "./scene.ts";
import type { MaasBehaviour } from "./subject.ts";

const NOT_AUTHENTICATED = { status: 401, reason: "not authenticated" };

/** The same claims, and a signature that does not fit. */
function damaged(token: string): string {
  const at = token.lastIndexOf(".") + 20;
  return token.slice(0, at) + (token[at] === "0" ? "1" : "0") + token.slice(at + 1);
}

export const ACCESS: readonly MaasBehaviour[] = [
  {
    name: "a user of a tier that may ask the model is answered, with the usage",
    check: async (scene) => {
      const { token } = await scene.user();
      const { status, body } = await scene.ask({ token });
      assert.equal(status, 200);
      const { object, choices, usage } = JSON.parse(body);
      assert.equal(object, "chat.completion");
      assert.notEqual(choices[0].message.content, "");
      assert.equal(usage.completion_tokens, 4);
      assert.equal(usage.total_tokens, usage.prompt_tokens + 4);
    },
  },
  {
    name: "without a bearer token one is asked for",
    check: async (scene) => {
      const expected = { status: 401, reason: "credential not found" };
      assertRefused(await scene.ask(), expected);
      assertRefused(await scene.ask({ authorization: "Basic eDp5" }), expected);
    },
  },
  {
    name: "garbage, a damaged token and one for somebody else are told the same",
    check: async (scene) => {
      const { token } = await scene.user();
      const other = await scene.user({ audience: "somebody-else" });
      for (const bad of ["garbage", damaged(token), other.token]) {
        assertRefused(await scene.ask({ token: bad }), NOT_AUTHENTICATED);
      }
    },
  },
  {
    name: "a token that was never shown is worth nothing once its account is gone",
    check: async (scene, subject) => {
      const { token, path } = await scene.user();
      await ask(subject, path, { method: "DELETE" });
      assertRefused(await scene.ask({ token }), NOT_AUTHENTICATED);
    },
  },
  {
    name: "a user without a binding for the model is forbidden, without a reason",
    check: async (scene) => {
      const { token } = await scene.stranger();
      const expected = { status: 403, reason: "not authorized: unknown reason" };
      assertRefused(await scene.ask({ token }), expected);
    },
  },
  {
    name: "where there is no route nobody is asked who it is",
    check: async (scene) => {
      const { status, body, headers } = await scene.ask({ path: "/nowhere" });
      assert.deepEqual([status, body, headers["x-ext-auth-reason"]], [404, "", undefined]);
    },
  },
];

export const OVERLOAD: readonly MaasBehaviour[] = [
  {
    name:
      "where the auth service's own limiter is dry a good token is refused at once, as a bad one",
    check: async (scene, subject) => {
      await scene.lift();
      const { token } = await scene.user();
      await subject.during("the auth service's limiter is dry", async () => {
        const answers = [];
        for (let sent = 0; sent < 10; sent++) answers.push(await scene.ask({ token }));
        assert.equal(answers[0]!.status, 200);
        assertRefused(answers.at(-1)!, {
          status: 401,
          reason: "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed " +
            "context deadline",
        });
      });
      assert.equal((await scene.ask({ token })).status, 200);
    },
  },
  {
    name: "an auth service that is not heard in time is no refusal with a reason",
    check: async (scene, subject) => {
      const { token } = await scene.user();
      await subject.during("the auth service is late", async () => {
        const { status, body, headers } = await scene.ask({ token });
        assert.deepEqual({ status, body }, subject.traits.authLate);
        assert.equal(headers["x-ext-auth-reason"], undefined);
      });
    },
  },
];
