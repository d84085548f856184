/** How often may one ask, from when on, and until when? @module */

import assert from "node:assert/strict";
import { eventually } from "../asking.ts";
import type { MaasBehaviour } from "./subject.ts";

const [PASSED, LIMITED] = [200, 429];

export const REQUEST_LIMITS: readonly MaasBehaviour[] = [
  {
    name: "as many requests of a user pass as the limit says, and each user has it alone",
    needs: "hasLimits",
    check: async (scene, { traits }) => {
      await scene.limitRequests({ limit: 3 });
      const { token } = await scene.user();
      assert.deepEqual(await scene.statuses(4, { token }), [PASSED, PASSED, PASSED, LIMITED]);
      const { body, headers } = await scene.ask({ token });
      const { header } = traits.limited;
      assert.equal(body, traits.limited.body);
      assert.equal(headers["retry-after"], undefined);
      if (header !== undefined) assert.equal(headers[header], "true");
      const other = await scene.user();
      assert.equal((await scene.ask({ token: other.token })).status, PASSED);
    },
  },
  {
    name: "a counter goes on when its maximum changes, both ways",
    needs: "hasLimits",
    check: async (scene) => {
      await scene.limitRequests({ limit: 2 });
      const { token } = await scene.user();
      assert.deepEqual(await scene.statuses(3, { token }), [PASSED, PASSED, LIMITED]);
      await scene.limitRequests({ limit: 4 });
      assert.deepEqual(await scene.statuses(3, { token }), [PASSED, PASSED, LIMITED]);
      await scene.limitRequests({ limit: 3 });
      assert.deepEqual(await scene.statuses(1, { token }), [LIMITED]);
      const other = await scene.user();
      assert.equal((await scene.ask({ token: other.token })).status, PASSED);
    },
  },
  {
    name: "a request that is refused is not counted",
    needs: "hasLimits",
    check: async (scene) => {
      await scene.limitRequests({ limit: 1 });
      const { token } = await scene.user();
      assert.deepEqual(await scene.statuses(4, { token }), [PASSED, LIMITED, LIMITED, LIMITED]);
      await scene.limitRequests({ limit: 2 });
      assert.deepEqual(await scene.statuses(2, { token }), [PASSED, LIMITED]);
    },
  },
  {
    name: "another window is another limit, whose count begins anew",
    needs: "hasLimits",
    check: async (scene) => {
      await scene.limitRequests({ limit: 1, window: "2m" });
      const { token } = await scene.user();
      assert.deepEqual(await scene.statuses(2, { token }), [PASSED, LIMITED]);
      await scene.limitRequests({ limit: 1, window: "3m" });
      assert.deepEqual(await scene.statuses(2, { token }), [PASSED, LIMITED]);
    },
  },
  {
    name: "a window ends by itself, and all of it at once",
    needs: "hasLimits",
    check: async (scene) => {
      await scene.limitRequests({ limit: 2, window: "3s" });
      const { token } = await scene.user();
      await eventually("the limit", async () => (await scene.ask({ token })).status === LIMITED);
      await eventually("the next window", async () => {
        return (await scene.ask({ token })).status === PASSED;
      });
      assert.equal((await scene.ask({ token })).status, PASSED);
    },
  },
  {
    name: "without its limiter a gateway lets everything pass, and nothing shows it",
    needs: "hasLimits",
    check: async (scene, subject) => {
      await scene.limitRequests({ limit: 1 });
      const { token } = await scene.user();
      await subject.during("the limiter is down", async () => {
        assert.deepEqual(await scene.statuses(3, { token }), [PASSED, PASSED, PASSED]);
      });
    },
  },
];

export const TOKEN_LIMITS: readonly MaasBehaviour[] = [
  {
    name: "an answer that begins within the limit of tokens may go beyond it, and is the last",
    needs: "chargesTokens",
    check: async (scene) => {
      await scene.limitRequests({ limit: 1_000 });
      await scene.limitTokens({ limit: 10 });
      const { token } = await scene.user();
      const answer = await scene.ask({ token, body: { max_tokens: 20 } });
      assert.equal(answer.status, PASSED);
      await eventually("the charge", async () => {
        return (await scene.ask({ token, body: { max_tokens: 1 } })).status === LIMITED;
      });
    },
  },
  {
    name: "a stream is charged for what it tells of its usage",
    needs: "chargesTokens",
    check: async (scene) => {
      await scene.limitRequests({ limit: 1_000 });
      await scene.limitTokens({ limit: 10 });
      const { token } = await scene.user();
      const body = { stream: true, stream_options: { include_usage: true }, max_tokens: 20 };
      assert.equal((await scene.ask({ token, body })).status, PASSED);
      await eventually("the charge", async () => {
        return (await scene.ask({ token, body: { max_tokens: 1 } })).status === LIMITED;
      });
    },
  },
];
