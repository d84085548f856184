/**
 * The executable that an image is made of.
 * @module
 */

import { CannotRunError, messageOf } from "../../core/errors.ts";

/** `\x7fELF`, 64 bits, little-endian: the first six bytes (elf(5), e_ident). */
const ELF_64_LITTLE_ENDIAN = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
const HEADER_BYTES = 64;
/** Offset of e_machine, two bytes. */
const MACHINE_OFFSET = 18;
const MACHINE_AMD64 = 0x3e;

/**
 * Its bytes, once they are known to run where the image says that it does.
 * @throws {CannotRunError} if it is not there, or for another system
 */
export function readExecutable(path: string): Uint8Array {
  const bytes = read(path);
  const isElf = bytes.length >= HEADER_BYTES &&
    ELF_64_LITTLE_ENDIAN.every((byte, offset) => bytes[offset] === byte);
  if (!isElf) {
    throw new CannotRunError(`Cannot make an image of "${path}": it is no executable for Linux`);
  }
  const machine = bytes[MACHINE_OFFSET]! | bytes[MACHINE_OFFSET + 1]! << 8;
  if (machine !== MACHINE_AMD64) {
    throw new CannotRunError(
      `Cannot make an image of "${path}": images are made for amd64, and it is for another ` +
        `architecture (ELF machine ${machine}); deploy/Containerfile is for any`,
    );
  }
  return bytes;
}

function read(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    const hint = error instanceof Deno.errors.NotFound
      ? '; "deno task bundle && deno task compile" makes dist/scaletool'
      : "";
    throw new CannotRunError(`Cannot read "${path}": ${messageOf(error)}${hint}`);
  }
}
