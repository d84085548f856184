/**
 * Where are the programs of a Go module? Builds with the ordinary go command what is not there yet,
 * once per machine, and keeps it outside the checkout. Never downloads a binary and never runs one.
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CannotRunError } from "../../core/errors.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { BuildCache } from "./build_cache.ts";
import type { GoBinary, GoModule } from "./go_modules.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { runTethered } from "./tether.ts";

const MODULES_DIR = fileURLToPath(new URL("modules/", import.meta.url));
/** Lines of the go command that are shown when it fails. */
const ERROR_LINES = 12;

const clock = new SystemClock();

export interface BuildOptions {
  /** Takes a line about what is being built; stderr unless given. */
  readonly progress?: ((line: string) => void) | undefined;
  /** Stops building and leaves nothing half done. */
  readonly signal?: AbortSignal | undefined;
}

/** Paths of programs by name. */
export type Binaries = ReadonlyMap<string, string>;

/**
 * The paths of all programs of these modules, built as far as they are missing. Two processes that
 * want the same module build it once: the second waits for the first.
 * @throws {CannotRunError} if there is no go command, or if it fails
 */
export async function ensureBinaries(
  modules: readonly GoModule[],
  options: BuildOptions = {},
): Promise<Binaries> {
  const goVersion = await findGo();
  const caches = modules.map((module) =>
    new BuildCache(module, { sourceDir: join(MODULES_DIR, module.name), goVersion })
  );
  const missing = caches.filter((cache) => cache.find() === undefined);
  const steps = missing.flatMap(({ module }) => module.binaries);
  for (const cache of missing) {
    if (goVersion === undefined) {
      throw new CannotRunError(`Cannot build ${cache.module.name}: expected go in PATH`);
    }
    await buildModule(cache, { ...options, steps });
  }
  return new Map(caches.flatMap((cache) => {
    const dir = cache.find();
    if (dir === undefined) throw new CannotRunError(`Cannot find what was built: ${cache.dir}`);
    return cache.module.binaries.map(({ name }) => [name, join(dir, name)] as const);
  }));
}

/** Whether {@link ensureBinaries} has a chance: all is built already, or there is a go command. */
export async function canBuild(modules: readonly GoModule[]): Promise<boolean> {
  if (await findGo() !== undefined) return true;
  return modules.every((module) =>
    new BuildCache(module, { sourceDir: join(MODULES_DIR, module.name), goVersion: undefined })
      .find() !== undefined
  );
}

interface ModuleBuild extends BuildOptions {
  /** All programs that this call builds, of other modules too: for "2 of 6". */
  readonly steps: readonly GoBinary[];
}

async function buildModule(cache: BuildCache, options: ModuleBuild): Promise<void> {
  const { progress = toStderr, signal, steps } = options;
  using _lock = await withHeartbeat(cache.lock(), {
    progress,
    signal,
    line: `waiting for the process that builds ${cache.module.name}`,
  });
  if (cache.find() !== undefined) return;
  const { binDir, tmpDir } = cache.begin();
  try {
    for (const binary of cache.module.binaries) {
      signal?.throwIfAborted();
      const step = `${binary.name} (${steps.indexOf(binary) + 1} of ${steps.length})`;
      progress(`building ${step}, about ${duration(binary.firstBuildSec)} the first time`);
      const startMs = clock.now();
      const build = buildBinary(binary, { sourceDir: cache.sourceDir, binDir, tmpDir, signal });
      await withHeartbeat(build, { progress, line: `building ${step}` });
      progress(`built ${step} in ${Math.round((clock.now() - startMs) / 1000)} s`);
    }
    cache.commit();
  } finally {
    cache.clear();
  }
}

interface BinaryBuild {
  readonly sourceDir: string;
  readonly binDir: string;
  readonly tmpDir: string;
  readonly signal: AbortSignal | undefined;
}

async function buildBinary(binary: GoBinary, options: BinaryBuild): Promise<void> {
  const { sourceDir, binDir, tmpDir, signal } = options;
  const ldflags = ["-s", "-w", ...binary.ldflags].join(" ");
  const output = join(binDir, binary.name);
  const { code, stderr } = await runTethered(
    ["go", "build", "-trimpath", "-p", "2", "-ldflags", ldflags, "-o", output, binary.package],
    {
      cwd: sourceDir,
      env: {
        CGO_ENABLED: "0",
        GOTOOLCHAIN: "local",
        GOFLAGS: "-buildvcs=false",
        GOWORK: "off",
        GOTMPDIR: tmpDir,
      },
      signal,
    },
  );
  signal?.throwIfAborted();
  if (code === 0) return;
  const lines = stderr.trimEnd().split("\n").slice(-ERROR_LINES).join("\n");
  throw new CannotRunError(`Cannot build ${binary.name}: go build exited with ${code}:\n${lines}`);
}

/** What `go version` says, or undefined where there is no go command. */
async function findGo(): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("go", {
      args: ["version"],
      env: { GOTOOLCHAIN: "local" },
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function duration(sec: number): string {
  if (sec < 90) return `${sec} s`;
  return `${Math.round(sec / 60)} minutes`;
}

function toStderr(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
