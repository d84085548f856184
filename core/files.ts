/**
 * Files as a program should treat them: read whichever program wrote them (PowerShell's `>` writes
 * UTF-16, editors of Windows put a mark before UTF-8); made for results, and never written over unless
 * that was asked for; replaced in one step; kept for this process and no other user.
 * @module
 */

import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { CannotRunError, messageOf } from "./errors.ts";
import { atProcessEnd } from "./process_end.ts";

/** By the byte order mark at the beginning (Unicode 17, section 23.8); without one: UTF-8. */
export function encodingOf([first, second]: Uint8Array): "utf-16le" | "utf-16be" | "utf-8" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** @throws what Deno.readFileSync throws */
export function readTextFile(path: string): string {
  const bytes = Deno.readFileSync(path);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

interface ResultFileOptions {
  readonly overwrite: boolean;
}

/**
 * Opens a file for writing that was not there before. Devices are written to as they are.
 * @throws {CannotRunError} if it is there already, or cannot be made
 */
export function openResultFile(path: string, { overwrite }: ResultFileOptions): Deno.FsFile {
  if (isPipe(path)) {
    const hint =
      "it is a pipe, and a reader that does not read would hold up the load; name a file";
    throw new CannotRunError(`Cannot write to "${path}": ${hint}`);
  }
  try {
    if (overwrite || isDevice(path)) {
      return Deno.openSync(path, { write: true, create: true, truncate: true });
    }
    return Deno.openSync(path, { write: true, createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      const hint = "it is there already; name another file, or add --overwrite";
      throw new CannotRunError(`Cannot write to "${path}": ${hint}`);
    }
    const why = `${messageOf(error)}; name another file`;
    throw new CannotRunError(`Cannot write to "${path}": ${why}`, { cause: error });
  }
}

/** @throws {CannotRunError} as {@link openResultFile}, and if it takes not all of the text */
export function writeResultFile(path: string, text: string, options: ResultFileOptions): void {
  using file = openResultFile(path, options);
  try {
    writeAll(file, new TextEncoder().encode(text));
  } catch (error) {
    removeResultFile(path); // half of it would be in the way of the next try
    throw new CannotRunError(`Cannot write to "${path}": ${messageOf(error)}`, { cause: error });
  }
}

/** Removes what {@link openResultFile} made; a device stays. */
export function removeResultFile(path: string): void {
  if (isDevice(path)) return;
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or not ours any more.
  }
}

/** Writes all of the bytes, however many the system takes at a time. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
}

/** There, and neither a file nor a folder: nothing in it can be lost, and nothing belongs beside it. */
export function isDevice(path: string): boolean {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    return !isFile && !isDirectory;
  } catch {
    return false;
  }
}

function isPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo === true;
  } catch {
    return false;
  }
}

/**
 * For a name that others may know beforehand: written under another name and moved there, so that a
 * reader never sees half of it, and a link in its place is replaced, not followed.
 * @param options.mode permissions; what a new file has unless given
 */
export function replaceFile(
  path: string,
  content: string,
  { mode = 0o666 & ~umask() }: { mode?: number } = {},
): void {
  const temporary = Deno.makeTempFileSync({ dir: dirname(path), prefix: ".scaletool-" });
  try {
    Deno.writeTextFileSync(temporary, content);
    if (Deno.build.os !== "windows") Deno.chmodSync(temporary, mode);
    Deno.renameSync(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}

function umask(): number {
  return Deno.build.os === "windows" ? 0 : Deno.umask();
}

const OWNER_ONLY = 0o600;

/** A folder of mode 0700 with everything in it. It goes when it is disposed, or with the process. */
export class TemporaryFolder implements Disposable {
  readonly path: string;
  readonly #registered: Disposable;

  /**
   * @param purpose part of its name, for the one who finds it after a kill -9
   * @throws {CannotRunError} where temporary files cannot be written
   */
  constructor(purpose: string) {
    this.path = temporarily(() => Deno.makeTempDirSync({ prefix: `scaletool-${purpose}-` }));
    this.#registered = atProcessEnd(() => this.#remove());
  }

  /**
   * @returns the file's path
   * @throws {CannotRunError} if it takes not all of the text
   */
  write(name: string, text: string): string {
    const path = `${this.path}/${name}`;
    temporarily(() => Deno.writeTextFileSync(path, text, { mode: OWNER_ONLY }));
    return path;
  }

  [Symbol.dispose](): void {
    this.#registered[Symbol.dispose]();
    this.#remove();
  }

  #remove(): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** In a container nothing may be writable but what is mounted. */
function temporarily<Result>(write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    const hint = "name another folder for temporary files with TMPDIR";
    throw new CannotRunError(`Cannot write to "${tmpdir()}": ${messageOf(error)}; ${hint}`, {
      cause: error,
    });
  }
}
