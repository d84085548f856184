/**
 * `deno run -A tests/real/build_stacks.ts`: builds all that tests/real starts, so that it is there
 * when the tests come to it, and says how long each stack took of the time that it is given.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { canBuild, ensureBinaries } from "./build.ts";
import { CONTROL_PLANE_MODULES, type GoModule, STEVE_MODULE } from "./go_modules.ts";

interface Stack {
  readonly name: string;
  readonly modules: readonly GoModule[];
  /** With everything compiled anew, beside other work on two cores. */
  readonly budgetSec: number;
}

/** Steve compiles much of what the control plane has compiled before it. */
const STACKS: readonly Stack[] = [
  { name: "control plane", modules: CONTROL_PLANE_MODULES, budgetSec: 1_200 },
  { name: "steve", modules: [STEVE_MODULE], budgetSec: 600 },
];

async function build({ name, modules, budgetSec }: Stack): Promise<string> {
  if (!await canBuild(modules)) return `${name}: skipped: no go toolchain`;
  const clock = new SystemClock();
  const startMs = clock.now();
  await ensureBinaries(modules);
  const sec = Math.round((clock.now() - startMs) / 1_000);
  return `${name}: built in ${sec} s of ${budgetSec} s${sec > budgetSec ? ": TOO LONG" : ""}`;
}

if (import.meta.main) {
  for (const stack of STACKS) {
    Deno.stdout.writeSync(new TextEncoder().encode(`${await build(stack)}\n`));
  }
}
