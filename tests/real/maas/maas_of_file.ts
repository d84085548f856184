/**
 * One API server with the real chain beside it, for all tests of a file.
 * @module
 */

import assert from "node:assert/strict";
import { ControlPlane } from "../control_plane.ts";
import type { SomeKnobs } from "./knobs.ts";
import { RealMaas, requireLimiter, requireMaas } from "./real_maas.ts";

export interface MaasOfFile {
  /** Whether the tests have to be left out for want of it. */
  readonly ignore: boolean;
  /** The same of those that need a limiter. */
  readonly ignoreLimits: boolean;
  /** For the bodies of tests only. */
  readonly plane: () => ControlPlane;
  readonly maas: () => RealMaas;
}

export async function maasOfFile(knobs: SomeKnobs = {}): Promise<MaasOfFile> {
  const ignore = !await requireMaas();
  const ignoreLimits = ignore || !await requireLimiter();
  let plane: ControlPlane | undefined;
  let maas: RealMaas | undefined;
  Deno.test.beforeAll(async () => {
    if (ignore) return;
    plane = await ControlPlane.start({ without: ["kcm", "scheduler", "kwok", "wardle"] });
    maas = await RealMaas.start(plane, { knobs });
  });
  Deno.test.afterAll(async () => await plane?.[Symbol.asyncDispose]());
  return {
    ignore,
    ignoreLimits,
    plane: () => {
      assert.ok(plane !== undefined, "the cluster is not up yet");
      return plane;
    },
    maas: () => {
      assert.ok(maas !== undefined, "the gateway is not up yet");
      return maas;
    },
  };
}
