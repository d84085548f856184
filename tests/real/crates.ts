/**
 * Where are the programs that are written in Rust? Builds with the ordinary cargo what is not there yet,
 * as the lock files in `crates/` say, once per machine, and keeps it beside what Go has built.
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CannotRunError } from "../../core/errors.ts";
import { type BuildOptions, toStderr } from "./build.ts";
import { BuildCache, type WorkDirs } from "./build_cache.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { runTethered } from "./tether.ts";

const CRATES_DIR = fileURLToPath(new URL("crates/", import.meta.url));
/** Lines of cargo that are shown when it fails. */
const ERROR_LINES = 12;

/** A folder in `crates/` with its Cargo.toml and Cargo.lock, and one program of the same name. */
export interface Crate {
  readonly name: string;
  /** How long the first build takes on two cores, s. */
  readonly firstBuildSec: number;
}

/** Envoy's rate limit service around the library of Limitador 0.14.0. */
export const LIMITS_CRATE: Crate = { name: "maas-limits", firstBuildSec: 200 };

/**
 * Path of a crate's program, built if it is missing.
 * @throws {CannotRunError} if there is no cargo, or if it fails
 */
export async function ensureCrate(crate: Crate, options: BuildOptions = {}): Promise<string> {
  const { progress = toStderr, signal } = options;
  const cache = cacheOf(crate, await findCargo());
  if (cache.find() === undefined) {
    if (await findCargo() === undefined) {
      throw new CannotRunError(`Cannot build ${crate.name}: expected cargo in PATH`);
    }
    progress(`building ${crate.name}, about ${crate.firstBuildSec} s the first time`);
    await cache.fill(async (dirs) => {
      const line = `building ${crate.name}`;
      await withHeartbeat(build(crate, { ...dirs, signal }), { progress, line });
    }, { progress, signal });
  }
  return join(cache.find()!, crate.name);
}

/** Whether {@link ensureCrate} has a chance: all is built already, or there is a cargo. */
export async function canBuildCrates(crates: readonly Crate[]): Promise<boolean> {
  const version = await findCargo();
  return version !== undefined ||
    crates.every((crate) => cacheOf(crate, undefined).find() !== undefined);
}

function cacheOf(crate: Crate, toolVersion: string | undefined): BuildCache {
  const files = ["Cargo.toml", "Cargo.lock", ...sourceFiles(crate)];
  const source = files.flatMap((name) => [name, Deno.readTextFileSync(join(dirOf(crate), name))]);
  return new BuildCache({ name: crate.name, source, toolVersion });
}

function sourceFiles(crate: Crate): string[] {
  return [...Deno.readDirSync(join(dirOf(crate), "src"))].map(({ name }) => `src/${name}`).sort();
}

function dirOf({ name }: Crate): string {
  return join(CRATES_DIR, name);
}

async function build(
  crate: Crate,
  { binDir, tmpDir, signal }: WorkDirs & { readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { code, stderr } = await runTethered(
    ["cargo", "build", "--release", "--locked", "--jobs", "2", "--target-dir", tmpDir],
    { cwd: dirOf(crate), signal },
  );
  signal?.throwIfAborted();
  if (code !== 0) {
    const lines = stderr.trimEnd().split("\n").slice(-ERROR_LINES).join("\n");
    throw new CannotRunError(`Cannot build ${crate.name}: cargo exited with ${code}:\n${lines}`);
  }
  await Deno.copyFile(join(tmpDir, "release", crate.name), join(binDir, crate.name));
}

/** What `cargo --version` says, or undefined where there is none that works. */
async function findCargo(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("cargo", {
      args: ["--version"],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
