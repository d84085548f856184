/**
 * The lower layer of the image: the little that the executable needs of a system, out of Debian 12.
 * @module
 */

import type { DebianPackage } from "./debian_package.ts";
import type { Item } from "./tar.ts";

/** To renew: `apt-get update`, then `apt-get download --print-uris`, and the digests of the files. */
export const PACKAGES: readonly DebianPackage[] = [
  {
    path: "debian/pool/main/g/glibc/libc6_2.36-9+deb12u14_amd64.deb",
    sha256: "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
    sha1: "c534c6c7f912b61ca26b7cf4082235a0343b8751",
  },
  {
    path: "debian/pool/main/g/gcc-12/libgcc-s1_12.2.0-14+deb12u1_amd64.deb",
    sha256: "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
    sha1: "c72798568b9086ecacf3d46e420c6d90b78ce50d",
  },
  {
    path:
      "debian-security/pool/updates/main/c/ca-certificates/ca-certificates_20250419~deb12u2_all.deb",
    sha256: "b9f76b5271a7ac373fd5e7e1b5b826a71ddd702b42a0d104955ecb1acfffc94b",
    sha1: "a629617be57f8b5b330487277c650262e0a79e8f",
  },
];

/** The user that the process runs as: by this number in many bases without a shell. */
export const NONROOT_ID = 65532;
/** Where the process starts. */
export const WORK_FOLDER = "work";
/** The certificates of public authorities, in one file. */
export const CA_FILE = "etc/ssl/certs/ca-certificates.crt";

const LIBRARY_FOLDER = "lib/x86_64-linux-gnu";
const LOADER = `${LIBRARY_FOLDER}/ld-linux-x86-64.so.2`;
const LIBRARIES = [
  "libc.so.6",
  "libdl.so.2",
  "libgcc_s.so.1",
  "libm.so.6",
  "libpthread.so.0",
  "librt.so.1",
].map((name) => `${LIBRARY_FOLDER}/${name}`);
const CERTIFICATES = /^usr\/share\/ca-certificates\/.*\.crt$/;

/**
 * @param files what is in the packages, by path
 * @throws {Error} if the packages do not have what they should: a pin is wrong
 */
export function systemLayer(files: ReadonlyMap<string, Uint8Array>): Item[] {
  const taken = (path: string, mode: number): Item => {
    const data = files.get(path);
    if (data === undefined) throw new Error(`No package has a file ${path}`);
    return { path, data, mode };
  };
  return [
    taken(LOADER, 0o755),
    ...LIBRARIES.map((path) => taken(path, 0o644)),
    // Where every executable looks for its loader.
    { path: "lib64/ld-linux-x86-64.so.2", target: `/${LOADER}` },
    { path: CA_FILE, data: certificatesOf(files), mode: 0o644 },
    ...accounts(),
    { path: "tmp", mode: 0o1777 },
    { path: WORK_FOLDER, mode: 0o755 },
  ];
}

function certificatesOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const paths = [...files.keys()].filter((path) => CERTIFICATES.test(path)).sort();
  if (paths.length === 0) throw new Error("No package has a CA certificate");
  const texts = paths.map((path) => new TextDecoder().decode(files.get(path)).trimEnd());
  return new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
}

function accounts(): Item[] {
  const text = (path: string, lines: readonly string[]): Item => {
    const data = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    return { path, data, mode: 0o644 };
  };
  return [
    text("etc/passwd", [
      "root:x:0:0:root:/root:/sbin/nologin",
      `nonroot:x:${NONROOT_ID}:${NONROOT_ID}:nonroot:/${WORK_FOLDER}:/sbin/nologin`,
    ]),
    text("etc/group", ["root:x:0:", `nonroot:x:${NONROOT_ID}:`]),
    // A pod's hostAliases are in /etc/hosts, and come first.
    text("etc/nsswitch.conf", ["hosts: files dns"]),
  ];
}
