/**
 * Where are the programs that run containers? Out of Debian's packages of containerd and runc, which
 * are not installed: at one version, once per machine, beside what was built.
 * @module
 */

import { basename, join } from "node:path";
import { CannotRunError } from "../../../core/errors.ts";
import { type DebianPackage, filesOf } from "../../../deploy/image/debian_package.ts";
import { PACKAGES_DIR } from "../../../deploy/image/places.ts";
import { type BuildOptions, toStderr } from "../build.ts";
import { BuildCache } from "../build_cache.ts";
import { withHeartbeat } from "../heartbeat.ts";

const PACKAGES: readonly DebianPackage[] = [
  {
    path: "debian/pool/main/c/containerd/containerd_1.6.20~ds1-1+deb12u3_amd64.deb",
    sha256: "8669d264eeb0fcdb4a0b1ba436ab88ec5dafde4a66e1278ec279d830db4c2216",
    sha1: "e02e060cfddc39750c77c0be214518335f8b82f1",
  },
  {
    path: "debian/pool/main/r/runc/runc_1.1.5+ds1-1+deb12u1_amd64.deb",
    sha256: "a00351f8c0318de0b424ecf5cd0fdb69880a89f3511cae4f6fff7de3e57881c5",
    sha1: "85fff0ba110dadd9ffa540c5d2a81e89023718dc",
  },
];

const PROGRAMS = ["containerd", "containerd-shim-runc-v2", "ctr", "runc"];

/**
 * The folder of `containerd`, its shim, `ctr` and `runc`.
 * @throws {CannotRunError} if the packages cannot be had, or what is in them does not start here
 */
export async function ensureRuntime(options: BuildOptions = {}): Promise<string> {
  const { progress = toStderr, signal } = options;
  const cache = cacheOfPackages();
  if (cache.find() === undefined) {
    progress("fetching containerd and runc from Debian's archive");
    await cache.fill(async ({ binDir }) => {
      await withHeartbeat(unpack(binDir), { progress, line: "fetching containerd and runc" });
    }, { progress, signal });
  }
  const dir = cache.find()!;
  // They are linked with libraries of the system, among them libseccomp.
  for (const name of ["containerd", "runc"]) await startOnce(join(dir, name));
  return dir;
}

/** Path of `ctr`, the client of a containerd that runs already. */
export function ctrProgram(): string {
  return join(cacheOfPackages().find()!, "ctr");
}

function cacheOfPackages(): BuildCache {
  const source = PACKAGES.map(({ sha256 }) => sha256);
  return new BuildCache({ name: "containerd", source, toolVersion: undefined });
}

async function unpack(binDir: string): Promise<void> {
  for (const [path, data] of await filesOf(PACKAGES, PACKAGES_DIR)) {
    const name = basename(path);
    if (!/^usr\/s?bin\//.test(path) || !PROGRAMS.includes(name)) continue;
    Deno.writeFileSync(join(binDir, name), data, { mode: 0o755 });
  }
}

async function startOnce(program: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: ["--version"] }).output();
  if (success) return;
  const why = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new CannotRunError(`${basename(program)} does not start here: ${why}`);
}
