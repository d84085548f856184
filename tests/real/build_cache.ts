/**
 * Where on this machine do programs lie that were built or fetched once, and out of what were they
 * made? A folder appears there complete or not at all. Never removes a finished one.
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { CannotRunError } from "../../core/errors.ts";
import { withHeartbeat } from "./heartbeat.ts";

/** In a finished folder: the hash of what it was made from, the tool left out. */
const SOURCE_FILE = "source.sha256";

/** What is in a folder of the cache. */
export interface BuildCacheKey {
  /** What the folder's name begins with. */
  readonly name: string;
  /** All that decides what the tool makes of it. */
  readonly source: readonly string[];
  /** What the tool says of its version; without it any tool's result of the same source is taken. */
  readonly toolVersion: string | undefined;
}

/** Empty folders to work in. */
export interface WorkDirs {
  /** Becomes the finished folder. */
  readonly binDir: string;
  /** For what the tool needs on the way. */
  readonly tmpDir: string;
}

export interface FillOptions {
  readonly progress: (line: string) => void;
  /** Stops waiting for another process. */
  readonly signal: AbortSignal | undefined;
}

/** The finished and the unfinished folder of one key. */
export class BuildCache {
  readonly #root: string;
  readonly #name: string;
  readonly #source: string;
  readonly #toolVersion: string | undefined;

  constructor({ name, source, toolVersion }: BuildCacheKey) {
    this.#root = cacheRoot();
    this.#name = name;
    this.#source = sha256(source);
    this.#toolVersion = toolVersion;
  }

  /** The folder that a build with this tool has. */
  get dir(): string {
    const key = sha256([this.#source, this.#toolVersion ?? ""]).slice(0, 16);
    return join(this.#root, `${this.#name}-${key}`);
  }

  /** The finished folder, if there is one. */
  find(): string | undefined {
    if (this.#toolVersion !== undefined) return isFolder(this.dir) ? this.dir : undefined;
    if (!isFolder(this.#root)) return undefined;
    return [...Deno.readDirSync(this.#root)].map(({ name }) => join(this.#root, name))
      .find((dir) => readText(join(dir, SOURCE_FILE)) === this.#source);
  }

  /**
   * Makes the folder unless it is there. Of two processes that want it the second waits for the first;
   * work that fails or is interrupted leaves nothing that is taken for finished.
   */
  async fill(work: (dirs: WorkDirs) => Promise<void>, options: FillOptions): Promise<void> {
    const line = `waiting for the process that builds ${this.#name}`;
    using _lock = await withHeartbeat(this.#lock(), { ...options, line });
    if (this.find() !== undefined) return;
    try {
      await work(this.#begin());
      this.#commit();
    } finally {
      this.#clear();
    }
  }

  /** The kernel holds the lock and gives it back when its holder dies, whatever it dies of. */
  async #lock(): Promise<Disposable> {
    Deno.mkdirSync(this.#root, { recursive: true });
    const file = await Deno.open(`${this.dir}.lock`, { create: true, write: true });
    await file.lock(true);
    return file;
  }

  /** What an interrupted build left is thrown away. */
  #begin(): WorkDirs {
    this.#clear();
    const [binDir, tmpDir] = [join(this.#partDir, "bin"), join(this.#partDir, "tmp")];
    Deno.mkdirSync(binDir, { recursive: true });
    Deno.mkdirSync(tmpDir);
    return { binDir, tmpDir };
  }

  /** In one step. */
  #commit(): void {
    const binDir = join(this.#partDir, "bin");
    Deno.writeTextFileSync(join(binDir, SOURCE_FILE), this.#source);
    Deno.renameSync(binDir, this.dir);
  }

  #clear(): void {
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
