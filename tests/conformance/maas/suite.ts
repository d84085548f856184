/**
 * All behaviours of a Models-as-a-Service gateway that a probe relies on or could stumble over, as tests
 * of one subject.
 * @module
 */

import { ACCESS, OVERLOAD } from "./access.ts";
import { REQUEST_LIMITS, TOKEN_LIMITS } from "./limits.ts";
import { MaasScene } from "./scene.ts";
import { STREAMS } from "./streams.ts";
import type { MaasBehaviour, MaasSubject, MaasTraits } from "./subject.ts";

const BEHAVIOURS: Readonly<Record<string, readonly MaasBehaviour[]>> = {
  access: ACCESS,
  streams: STREAMS,
  requests: REQUEST_LIMITS,
  tokens: TOKEN_LIMITS,
  overload: OVERLOAD,
};

/** The session lives longer than a test, and looks at its connections all the time. */
const sanitizeOps = false;

export interface MaasSuiteOptions {
  /** What the tests' names begin with. */
  readonly label: string;
  /** Of the subject. */
  readonly traits: MaasTraits;
  readonly ignore?: boolean;
}

/** @param subject for the bodies of tests only */
export function testMaasConformance(
  subject: () => MaasSubject,
  { label, traits, ignore = false }: MaasSuiteOptions,
): void {
  let count = 0;
  for (const [part, behaviours] of Object.entries(BEHAVIOURS)) {
    for (const { name, needs, check } of behaviours) {
      const id = `${label}-${++count}`;
      const options = { ignore: ignore || needs !== undefined && !traits[needs], sanitizeOps };
      Deno.test(`${label}, ${part}: ${name}`, options, async () => {
        await using scene = new MaasScene(subject(), id);
        await check(scene, subject());
      });
    }
  }
}
