/**
 * All behaviours of a Steve, as tests of one server. Each gets a namespace of its own.
 * @module
 */

import assert from "node:assert/strict";
import { eventually, post } from "../asking.ts";
import { listSteve } from "./asking_steve.ts";
import { COLUMNS } from "./columns.ts";
import { EVENTS } from "./events.ts";
import { LISTS } from "./lists.ts";
import { NOTIFICATIONS } from "./notifications.ts";
import { REVISIONS } from "./revisions.ts";
import type { SteveBehaviour, SteveSubject } from "./subject.ts";
import { SteveSocket } from "./socket.ts";
import { SUBSCRIPTIONS } from "./subscriptions.ts";
import { TRANSPORT } from "./transport.ts";

const BEHAVIOURS: Readonly<Record<string, readonly SteveBehaviour[]>> = {
  subscriptions: SUBSCRIPTIONS,
  events: EVENTS,
  notifications: NOTIFICATIONS,
  revisions: REVISIONS,
  columns: COLUMNS,
  lists: LISTS,
  transport: TRANSPORT,
};

/** Sockets that are open during several tests are read from in each of them. */
const sanitizeOps = false;

/** @param subject for the bodies of tests only */
export function testSteveConformance(
  subject: () => SteveSubject,
  { ignore = false }: { ignore?: boolean } = {},
): void {
  const testPings = preparePings(subject, { ignore });
  let count = 0;
  for (const [part, behaviours] of Object.entries(BEHAVIOURS)) {
    for (const { name, check } of behaviours) {
      const namespace = `steve-${++count}`;
      Deno.test(`${part}: ${name}`, { ignore, sanitizeOps }, async () => {
        await post(subject(), "/api/v1/namespaces", { metadata: { name: namespace } });
        // What a controller puts there must not come in between.
        await eventually("the authority's ConfigMap", async () => {
          const { data } = await listSteve(subject(), `/v1/configmaps/${namespace}`);
          return data.length === 1;
        });
        await check(subject(), namespace);
      });
    }
  }
  testPings();
}

/** Opens a socket before all tests, so that the wait for its ping goes on during them. */
function preparePings(subject: () => SteveSubject, { ignore }: { ignore: boolean }): () => void {
  let idle: SteveSocket | undefined;
  Deno.test.beforeAll(async () => {
    if (!ignore) idle = await SteveSocket.open(subject());
  });
  Deno.test.afterAll(async () => await idle?.[Symbol.asyncDispose]());
  return () =>
    Deno.test(
      "pings: a socket without subscriptions has one in time",
      { ignore, sanitizeOps },
      async () => {
        await eventually("the ping", () => idle!.pings.length > 0);
        const { text, atMs } = idle!.pings[0]!;
        const version = (JSON.parse(text) as { data: { version: unknown } }).data.version;
        assert.equal(
          text,
          `{"name":"ping","data":{"type":"subscribe","links":{},"version":"${version}"}}\n`,
        );
        const afterMs = atMs - idle!.openedAtMs;
        const { pingMs } = subject();
        assert.ok(afterMs > pingMs - 100 && afterMs < pingMs + 5_000, `${afterMs} ms`);
      },
    );
}
