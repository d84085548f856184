/**
 * What does a ResourceQuota that counts objects allow?
 * @module
 */

import assert from "node:assert/strict";
import { ask, eventually, get, post, remove } from "./asking.ts";
import type { Behaviour } from "./subject.ts";

export const QUOTAS: readonly Behaviour[] = [
  {
    name: "a quota refuses the object that is one too many, and takes it when another has gone",
    check: async (subject, namespace) => {
      const base = `/api/v1/namespaces/${namespace}`;
      const hard = { "count/secrets": "2" };
      const made = await post(subject, `${base}/resourcequotas`, {
        metadata: { name: "q" },
        spec: { hard },
      });
      assert.deepEqual(made["status"], {});
      const used = async () =>
        ((await get(subject, `${base}/resourcequotas/q`))["status"] as {
          used?: Record<string, string>;
        }).used?.["count/secrets"];
      await eventually("the quota's status", async () => await used() === "0");
      await post(subject, `${base}/secrets`, { metadata: { name: "a" } });
      await post(subject, `${base}/secrets`, { metadata: { name: "b" } });
      await eventually("two used", async () => await used() === "2");
      const refused = await ask(subject, `${base}/secrets`, {
        method: "POST",
        body: { metadata: { name: "c" } },
      });
      const { code, reason, message, details } = refused.body as Record<string, unknown>;
      assert.deepEqual({ code, reason, message, details }, {
        code: 403,
        reason: "Forbidden",
        message: 'secrets "c" is forbidden: exceeded quota: q, requested: count/secrets=1, used: ' +
          "count/secrets=2, limited: count/secrets=2",
        details: { name: "c", kind: "secrets" },
      });
      await remove(subject, `${base}/secrets/a`);
      await eventually("one used", async () => await used() === "1");
      await post(subject, `${base}/secrets`, { metadata: { name: "c" } });
    },
  },
];
