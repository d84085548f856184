/**
 * Packages of Debian at one version each: downloaded once, believed only by their SHA-256, and read
 * without being installed.
 * @module
 */

import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { unpackTar } from "modern-tar";
import { CannotRunError, messageOf } from "../../core/errors.ts";

/** A package at the version that images are made with. */
export interface DebianPackage {
  /** Below the root of an archive of Debian, as its index has it: `debian/pool/main/g/...deb`. */
  readonly path: string;
  /** As the archive's signed index has it (`apt-cache show PACKAGE`). */
  readonly sha256: string;
  /** By which snapshot.debian.org knows every file that was ever in the archive. */
  readonly sha1: string;
}

/** Where packages are kept, and how they get there. */
export interface PackageSource {
  readonly cacheDir: string;
  readonly fetch: (url: string) => Promise<Response>;
}

const FETCH_TIMEOUT_MS = 180_000;
/** Without TLS: what arrives is believed by its digest. */
const ARCHIVE_URL = "http://deb.debian.org";
/** Has what a later version has taken out of the archive. */
const SNAPSHOT_URL = "http://snapshot.debian.org/file";

/**
 * The package's file, out of the cache or else of the archive.
 * @returns its path
 * @throws {CannotRunError} if it cannot be had
 */
export async function packageFile(wanted: DebianPackage, source: PackageSource): Promise<string> {
  const file = join(source.cacheDir, basename(wanted.path));
  if (isIn(file, wanted)) return file;
  const failures: string[] = [];
  for (const url of [`${ARCHIVE_URL}/${wanted.path}`, `${SNAPSHOT_URL}/${wanted.sha1}`]) {
    try {
      const bytes = await download(url, wanted, source);
      Deno.mkdirSync(source.cacheDir, { recursive: true });
      Deno.writeFileSync(file, bytes);
      return file;
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new CannotRunError(
    `Cannot get ${basename(file)}: ${failures.join("; ")}; ` +
      `where there is no way to Debian's archive, put the file into "${source.cacheDir}"`,
  );
}

function isIn(file: string, { sha256 }: DebianPackage): boolean {
  try {
    return sha256Of(Deno.readFileSync(file)) === sha256;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new CannotRunError(messageOf(error));
  }
}

async function download(
  url: string,
  { sha256 }: DebianPackage,
  { fetch }: PackageSource,
): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answers ${response.status}`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  const found = sha256Of(bytes);
  if (found !== sha256) throw new Error(`${url} has SHA-256 ${found}, expected ${sha256}`);
  return bytes;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The regular files in all of these packages, by their path without a slash at the beginning.
 * @param cacheDir where they are, or get to
 * @throws {CannotRunError} if one of them cannot be had or read
 */
export async function filesOf(
  packages: readonly DebianPackage[],
  cacheDir: string,
): Promise<Map<string, Uint8Array>> {
  const fetchInTime = (url: string) =>
    fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  const all = new Map<string, Uint8Array>();
  for (const wanted of packages) {
    const file = await packageFile(wanted, { cacheDir, fetch: fetchInTime });
    for (const [path, data] of await filesIn(file)) all.set(path, data);
  }
  return all;
}

/**
 * The regular files in a package, by their path without a slash at the beginning.
 * @throws {CannotRunError} if there is no dpkg-deb, or it cannot read the file
 */
export async function filesIn(packageFile: string): Promise<Map<string, Uint8Array>> {
  const { success, stdout, stderr } = await dpkgDeb(["--fsys-tarfile", packageFile]);
  if (!success) {
    const why = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    throw new CannotRunError(`Cannot read ${packageFile}: ${why}`);
  }
  const files = new Map<string, Uint8Array>();
  for (const { header, data } of await unpackTar(stdout, { strict: true })) {
    if (header.type === "file" && data !== undefined) {
      files.set(header.name.replace(/^\.\//, ""), data);
    }
  }
  return files;
}

async function dpkgDeb(args: readonly string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("dpkg-deb", { args: [...args], stdin: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CannotRunError("Cannot read Debian packages: dpkg-deb (package dpkg) is not there");
  }
}
