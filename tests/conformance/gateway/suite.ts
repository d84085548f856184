/**
 * All behaviours of a Gateway API controller and its data plane that a probe relies on or could
 * stumble over, as tests of one subject.
 * @module
 */

import { BACKENDS } from "./backends.ts";
import { COUNTING } from "./counting.ts";
import { JOINED } from "./joined.ts";
import { OBJECTS } from "./objects.ts";
import { Scene } from "./scene.ts";
import { SERVING } from "./serving.ts";
import { STATUSES } from "./statuses.ts";
import type { GatewayBehaviour, GatewaySubject } from "./subject.ts";

const BEHAVIOURS: Readonly<Record<string, readonly GatewayBehaviour[]>> = {
  serving: SERVING,
  counting: COUNTING,
  backends: BACKENDS,
  statuses: STATUSES,
  objects: OBJECTS,
};

/** The session lives longer than a test, and looks at its connections all the time. */
const sanitizeOps = false;

export interface SuiteOptions {
  /** What the tests' names begin with. */
  readonly label: string;
  readonly ignore?: boolean;
  /** Whether the data plane connects to backends, and does not answer for them. @default {true} */
  readonly connects?: boolean;
}

/** @param subject for the bodies of tests only */
export function testGatewayConformance(
  subject: () => GatewaySubject,
  { label, ignore = false, connects = true }: SuiteOptions,
): void {
  let count = 0;
  for (const [part, behaviours] of Object.entries(BEHAVIOURS)) {
    for (const behaviour of behaviours) {
      const { name, check } = behaviour;
      const id = `${label}-${++count}`;
      const options = { ignore: ignore || (behaviour.connects ?? false) && !connects, sanitizeOps };
      Deno.test(`${label}, ${part}: ${name}`, options, async () => {
        await using scene = await Scene.open(subject(), id);
        await check(scene, subject());
      });
    }
  }
}

/** The same of two subjects on one API server. */
export function testJoinedConformance(
  subjects: () => readonly [GatewaySubject, GatewaySubject],
  { label, ignore = false }: SuiteOptions,
): void {
  for (const [index, { name, check }] of JOINED.entries()) {
    Deno.test(`${label}: ${name}`, { ignore, sanitizeOps }, async () => {
      await using scene = await Scene.open(subjects()[0], `${label}-${index}`);
      await check(scene, subjects());
    });
  }
}
