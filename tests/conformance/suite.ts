/**
 * All behaviours, as tests of one server. Each gets a namespace of its own.
 * @module
 */

import { ACCESS } from "./access.ts";
import { ask, eventually, post } from "./asking.ts";
import { BORROWED, WRITERS } from "./borrowed.ts";
import { AGGREGATED, CUSTOM_KINDS } from "./custom_kinds.ts";
import { DELETIONS } from "./deletions.ts";
import { GATEWAY_KINDS } from "./gateway_kinds.ts";
import { KIND_DEFAULTS } from "./kinds.ts";
import { LISTS } from "./lists.ts";
import { NAMESPACES } from "./namespaces.ts";
import { OBJECTS } from "./objects.ts";
import { QUOTAS } from "./quotas.ts";
import { REFUSALS } from "./refusals.ts";
import type { Asker, Behaviour, Subject } from "./subject.ts";
import { TOKENS } from "./tokens.ts";
import { EXPIRY, WATCHES } from "./watches.ts";

const BEHAVIOURS: Readonly<Record<string, readonly Behaviour[]>> = {
  objects: OBJECTS,
  refusals: REFUSALS,
  deletions: DELETIONS,
  lists: LISTS,
  watches: WATCHES,
  namespaces: NAMESPACES,
  quotas: QUOTAS,
  access: ACCESS,
  tokens: TOKENS,
  kinds: KIND_DEFAULTS,
  custom: CUSTOM_KINDS,
  aggregated: AGGREGATED,
  borrowed: BORROWED,
  writers: WRITERS,
  expiry: EXPIRY,
};

/** The session lives longer than a test, and looks at its connections all the time. */
const sanitizeOps = false;

/** @param subject for the bodies of tests only */
export function testConformance(
  subject: () => Subject,
  { ignore = false }: { ignore?: boolean } = {},
): void {
  let count = 0;
  for (const [part, behaviours] of Object.entries(BEHAVIOURS)) {
    for (const { name, check } of behaviours) {
      const namespace = `suite-${++count}`;
      Deno.test(`${part}: ${name}`, { ignore, sanitizeOps }, async () => {
        await post(subject(), "/api/v1/namespaces", { metadata: { name: namespace } });
        // What controllers put there must not come in between.
        for (const path of ["configmaps/kube-root-ca.crt", "serviceaccounts/default"]) {
          const isThere = () => ask(subject(), `/api/v1/namespaces/${namespace}/${path}`);
          await eventually(path, async () => (await isThere()).status === 200);
        }
        await check(subject(), namespace);
      });
    }
  }
}

/** @param subject a server with the definitions of the Gateway API, and no controller of it */
export function testGatewayKinds(
  subject: () => Asker,
  { ignore = false }: { ignore?: boolean } = {},
): void {
  for (const [index, { name, check }] of GATEWAY_KINDS.entries()) {
    const namespace = `kinds-${index + 1}`;
    Deno.test(`gateway kinds: ${name}`, { ignore, sanitizeOps }, async () => {
      await post(subject(), "/api/v1/namespaces", { metadata: { name: namespace } });
      await check(subject(), namespace);
    });
  }
}
