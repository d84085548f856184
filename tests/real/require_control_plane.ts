/**
 * Can the tests against a real control plane run on this machine? Says so when they cannot, because
 * nothing is skipped in silence. Builds nothing.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import { canBuild } from "./build.ts";
import { CONTROL_PLANE_MODULES, type GoModule } from "./go_modules.ts";

/**
 * Whether a control plane can be started: for the `ignore` of tests that need one.
 * @param others what is to be started beside it
 * @throws {CannotRunError} instead of false where CI=true, which must not pass by skipping
 */
export async function requireControlPlane(others: readonly GoModule[] = []): Promise<boolean> {
  const missing = await missingPart([...CONTROL_PLANE_MODULES, ...others]);
  if (missing === undefined) return true;
  if (Deno.env.get("CI") === "true") {
    throw new CannotRunError(`Cannot run a control plane: ${missing}`);
  }
  Deno.stderr.writeSync(new TextEncoder().encode(`skipped: ${missing}\n`));
  return false;
}

async function missingPart(modules: readonly GoModule[]): Promise<string | undefined> {
  // Processes are recognised by what /proc says of them.
  if (Deno.build.os !== "linux") return "no Linux";
  return await canBuild(modules) ? undefined : "no go toolchain";
}
