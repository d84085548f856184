/**
 * What does the server say when it refuses? Status code, reason, message and details, word for word.
 * @module
 */

import assert from "node:assert/strict";
import { ask, configMapsOf, post } from "./asking.ts";
import type { Refusal } from "./refusal.ts";
import { REFUSED_DELETES, REFUSED_UPDATES } from "./refused_changes.ts";
import { REFUSED_CREATES } from "./refused_creates.ts";
import { REFUSED_READS } from "./refused_reads.ts";
import type { Behaviour } from "./subject.ts";

/** Texts that differ from server to server, made equal; a cause that is repeated counts once. */
function comparable(body: unknown): unknown {
  const { code, reason, message, details } = body as Refusal["expects"];
  const said = message.replace(/record \([0-9a-f-]{36}\)/, "record (UID)")
    .replace(/current: \d+$/, "current: N");
  const { causes, ...rest } = (details ?? {}) as { causes?: readonly unknown[] };
  const once = [...new Set(causes?.map((cause) => JSON.stringify(cause)))]
    .map((cause) => JSON.parse(cause));
  return {
    code,
    ...(reason === undefined ? {} : { reason }),
    message: said,
    ...(details === undefined ? {} : {
      details: causes === undefined ? rest : { ...rest, causes: once },
    }),
  };
}

function refuses({ name, path, expects, ...asked }: Refusal): Behaviour {
  return {
    name: `${name} is refused`,
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await post(subject, collection, { metadata: { name: "taken" } });
      const { status, body } = await ask(subject, path.replace(/^CM/, collection), asked);
      assert.equal(status, expects.code, JSON.stringify(body));
      assert.deepEqual(comparable(body), comparable(expects));
      const { kind, apiVersion, status: outcome } = body as Record<string, unknown>;
      assert.deepEqual({ kind, apiVersion, outcome }, {
        kind: "Status",
        apiVersion: "v1",
        outcome: "Failure",
      });
    },
  };
}

/** Of paths that no server knows, which answer in plain text. */
const PLAIN: readonly Behaviour[] = ["/nope", "/apis/nope.example.com/v1/foos"].map((path) => ({
  name: `${path} is not found, in plain text`,
  check: async (subject) => {
    assert.deepEqual(await ask(subject, path), { status: 404, body: "404 page not found\n" });
  },
}));

export const REFUSALS: readonly Behaviour[] = [
  ...[...REFUSED_CREATES, ...REFUSED_UPDATES, ...REFUSED_DELETES, ...REFUSED_READS].map(refuses),
  ...PLAIN,
];
