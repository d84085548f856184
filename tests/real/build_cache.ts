/**
 * Where on this machine do the built programs of a Go module lie, and which build are they of?
 * A folder appears there complete or not at all. Never builds and never removes a finished build.
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { CannotRunError } from "../../core/errors.ts";
import type { GoModule } from "./go_modules.ts";

/** In a finished folder: the hash of what it was built from, the compiler left out. */
const SOURCE_FILE = "source.sha256";

export interface BuildCacheOptions {
  /** Folder with go.mod, go.sum and the module's own main packages. */
  readonly sourceDir: string;
  /** What `go version` says; without it any compiler's build of the same source is taken. */
  readonly goVersion: string | undefined;
}

/** The finished and the unfinished build of one module. */
export class BuildCache {
  readonly module: GoModule;
  readonly sourceDir: string;
  readonly #root: string;
  readonly #source: string;
  readonly #goVersion: string | undefined;

  constructor(module: GoModule, options: BuildCacheOptions) {
    this.module = module;
    this.sourceDir = options.sourceDir;
    this.#root = cacheRoot();
    this.#source = sourceHash(module, options.sourceDir);
    this.#goVersion = options.goVersion;
  }

  /** The folder that a build with this compiler has. */
  get dir(): string {
    const key = sha256([this.#source, this.#goVersion ?? ""]).slice(0, 16);
    return join(this.#root, `${this.module.name}-${key}`);
  }

  /** The folder of a finished build, if there is one. */
  find(): string | undefined {
    if (this.#goVersion !== undefined) return isFolder(this.dir) ? this.dir : undefined;
    if (!isFolder(this.#root)) return undefined;
    return [...Deno.readDirSync(this.#root)].map(({ name }) => join(this.#root, name))
      .find((dir) => readText(join(dir, SOURCE_FILE)) === this.#source);
  }

  /**
   * Waits until no other process builds this module. The kernel holds the lock and gives it back
   * when its holder dies, whatever it dies of.
   */
  async lock(): Promise<Disposable> {
    Deno.mkdirSync(this.#root, { recursive: true });
    const file = await Deno.open(`${this.dir}.lock`, { create: true, write: true });
    await file.lock(true);
    return file;
  }

  /** Empty folders to build in; what an interrupted build left is thrown away. For the lock's holder. */
  begin(): { binDir: string; tmpDir: string } {
    this.clear();
    const [binDir, tmpDir] = [join(this.#partDir, "bin"), join(this.#partDir, "tmp")];
    Deno.mkdirSync(binDir, { recursive: true });
    Deno.mkdirSync(tmpDir);
    return { binDir, tmpDir };
  }

  /** Makes the build the finished one, in one step. */
  commit(): void {
    const binDir = join(this.#partDir, "bin");
    Deno.writeTextFileSync(join(binDir, SOURCE_FILE), this.#source);
    Deno.renameSync(binDir, this.dir);
  }

  clear(): void {
    if (isFolder(this.#partDir)) Deno.removeSync(this.#partDir, { recursive: true });
  }

  get #partDir(): string {
    return `${this.dir}.part`;
  }
}

function cacheRoot(): string {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") || (home && join(home, ".cache"));
  if (!cache) throw new CannotRunError("Cannot keep built programs: expected HOME to be set");
  return join(cache, "scaletool", "real");
}

/** Over all that decides what the go command makes of the module: its files and the linker flags. */
function sourceHash(module: GoModule, sourceDir: string): string {
  const files = [...Deno.readDirSync(sourceDir)].map(({ name }) => name)
    .filter((name) => /^go\.(mod|sum)$|\.go$/.test(name)).sort();
  const binaries = module.binaries.flatMap((binary) => [
    binary.name,
    binary.package,
    ...binary.ldflags,
  ]);
  return sha256([
    ...files.flatMap((name) => [name, Deno.readTextFileSync(join(sourceDir, name))]),
    ...binaries,
  ]);
}

function sha256(parts: readonly string[]): string {
  // As JSON, so that no two different lists read the same.
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
