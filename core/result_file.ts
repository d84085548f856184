/**
 * Files that the user names for results: made, and never written over unless that was asked for.
 * @module
 */

import { CannotRunError, messageOf } from "./errors.ts";

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
