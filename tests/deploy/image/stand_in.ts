/**
 * Small stand-ins for what goes into an image.
 * @module
 */

/** The first bytes of an executable for Linux on amd64 (ELF machine 62), or on another one. */
export function elf({ machine = 62 }: { machine?: number } = {}): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

/** Files that the packages have, each with its own path in it, and others that no image needs. */
export function systemFiles(): Map<string, Uint8Array> {
  const libraries = [
    "ld-linux-x86-64.so.2",
    "libBrokenLocale.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
  ].map((name) => `lib/x86_64-linux-gnu/${name}`);
  const certificates = ["B", "A"].map((name) => `usr/share/ca-certificates/mozilla/${name}.crt`);
  const paths = [...libraries, ...certificates, "usr/share/doc/libc6/copyright"];
  return new Map(paths.map((path) => [path, new TextEncoder().encode(path)]));
}
