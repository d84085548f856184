/**
 * Where are the programs of a Go module? Builds with the ordinary go command what is not there yet,
 * once per machine, and keeps it outside the checkout. Never downloads a binary and never runs one.
 * @module
 */

import { join } from "node:path";
import { CannotRunError } from "../../core/errors.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { BuildCache, type WorkDirs } from "./build_cache.ts";
import { findGo, GO_ENV, moduleDir } from "./go_command.ts";
import type { GoBinary, GoModule } from "./go_modules.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { runTethered } from "./tether.ts";

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
  const missing = modules.filter((module) => findBuild(module, goVersion) === undefined);
  const steps = missing.flatMap(({ binaries }) => binaries);
  for (const module of missing) {
    if (goVersion === undefined) {
      throw new CannotRunError(`Cannot build ${module.name}: expected go in PATH`);
    }
    await buildModule(module, { ...options, steps, goVersion });
  }
  return new Map(modules.flatMap((module) => {
    const dir = findBuild(module, goVersion);
    if (dir === undefined) throw new CannotRunError(`Cannot find what was built of ${module.name}`);
    return module.binaries.map(({ name }) => [name, join(dir, name)] as const);
  }));
}

/** Whether {@link ensureBinaries} has a chance: all is built already, or there is a go command. */
export async function canBuild(modules: readonly GoModule[]): Promise<boolean> {
  if (await findGo() !== undefined) return true;
  return modules.every((module) => findBuild(module, undefined) !== undefined);
}

/** Where all programs of a module are, be they built with others or not. */
function findBuild(module: GoModule, goVersion: string | undefined): string | undefined {
  return cacheOf(module, goVersion).find() ??
    (module.partOf === undefined ? undefined : findBuild(module.partOf, goVersion));
}

function cacheOf(module: GoModule, toolVersion: string | undefined): BuildCache {
  return new BuildCache({ name: module.name, source: sourceOf(module), toolVersion });
}

/** All that decides what the go command makes of the module: its files and the linker flags. */
function sourceOf({ name: module, binaries }: GoModule): string[] {
  const dir = moduleDir(module);
  const files = filesIn(dir).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name)).sort();
  return [
    ...files.flatMap((name) => [name, Deno.readTextFileSync(join(dir, name))]),
    ...binaries.flatMap((binary) => [binary.name, binary.package, ...binary.ldflags]),
  ];
}

/** Those in its folders too, as paths from there. */
function filesIn(dir: string, prefix = ""): string[] {
  return [...Deno.readDirSync(join(dir, prefix))].flatMap(({ name, isDirectory }) => {
    const path = join(prefix, name);
    return isDirectory ? filesIn(dir, path) : [path];
  });
}

interface ModuleBuild extends BuildOptions {
  /** All programs that this call builds, of other modules too: for "2 of 6". */
  readonly steps: readonly GoBinary[];
  readonly goVersion: string;
}

async function buildModule(module: GoModule, options: ModuleBuild): Promise<void> {
  const { progress = toStderr, signal, steps, goVersion } = options;
  const sourceDir = moduleDir(module.name);
  await cacheOf(module, goVersion).fill(async (dirs) => {
    for (const binary of module.binaries) {
      signal?.throwIfAborted();
      const step = `${binary.name} (${steps.indexOf(binary) + 1} of ${steps.length})`;
      progress(`building ${step}, about ${duration(binary.firstBuildSec)} the first time`);
      const startMs = clock.now();
      const build = buildBinary(binary, { ...dirs, sourceDir, signal });
      await withHeartbeat(build, { progress, line: `building ${step}` });
      progress(`built ${step} in ${Math.round((clock.now() - startMs) / 1000)} s`);
    }
  }, { progress, signal });
}

interface BinaryBuild extends WorkDirs {
  readonly sourceDir: string;
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
      env: { ...GO_ENV, CGO_ENABLED: "0", GOTMPDIR: tmpDir },
      signal,
    },
  );
  signal?.throwIfAborted();
  if (code === 0) return;
  const lines = stderr.trimEnd().split("\n").slice(-ERROR_LINES).join("\n");
  throw new CannotRunError(`Cannot build ${binary.name}: go build exited with ${code}:\n${lines}`);
}

function duration(sec: number): string {
  if (sec < 90) return `${sec} s`;
  return `${Math.round(sec / 60)} minutes`;
}

/** Where lines about building go unless somebody takes them. */
export function toStderr(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
