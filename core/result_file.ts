/**
 * Files that the user names for results: made, and never written over unless that was asked for.
 * @module
 */

import { CannotRunError, messageOf } from "./errors.ts";

export interface ResultFileOptions {
  readonly overwrite: boolean;
}

/**
 * Opens a file for writing that was not there before. Devices and pipes are written to as they are.
 * @throws {CannotRunError} if it is there already, or cannot be made
 */
export function openResultFile(path: string, { overwrite }: ResultFileOptions): Deno.FsFile {
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
    throw new CannotRunError(`Cannot write to "${path}": ${messageOf(error)}`, { cause: error });
  }
}

/** @throws {CannotRunError} as {@link openResultFile}, and if it takes not all of the text */
export function writeResultFile(path: string, text: string, options: ResultFileOptions): void {
  using file = openResultFile(path, options);
  try {
    writeAll(file, new TextEncoder().encode(text));
  } catch (error) {
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
