/**
 * Which images are on a node, and how do they get there? The one that is tested and the one that holds
 * pods together, both made here: a node gets none from anywhere else.
 * @module
 */

import { basename, join } from "node:path";
import { CannotRunError } from "../../../core/errors.ts";
import { IMAGE_NAME, imageArchive } from "../../../deploy/image/image_archive.ts";
import { archiveOf } from "../../../deploy/image/oci_archive.ts";
import { EXECUTABLE, PACKAGES_DIR } from "../../../deploy/image/places.ts";
import { ctrProgram } from "./runtime.ts";
import { socketOf } from "./site.ts";

/** What pods call the image that is tested. */
export const IMAGE = basename(IMAGE_NAME);
export const PAUSE_IMAGE = "localhost/pause:1";

/** The executable that is tested; not there on a machine on which none was built. */
export function executable(): string {
  return Deno.env.get("SCALETOOL_BIN") || EXECUTABLE;
}

/** @param program path of the static pause program */
export async function pauseArchive(program: string): Promise<Uint8Array> {
  const { bytes } = await archiveOf({
    name: PAUSE_IMAGE,
    config: {
      User: "65535:65535",
      Env: [],
      Entrypoint: ["/pause"],
      Cmd: [],
      WorkingDir: "/",
      Labels: {},
    },
    layers: [[{ path: "pause", data: Deno.readFileSync(program), mode: 0o555 }]],
  });
  return bytes;
}

/** @throws {CannotRunError} if there is no executable, or Debian's packages cannot be had */
export async function scaletoolArchive(): Promise<Uint8Array> {
  const { bytes } = await imageArchive({
    executable: executable(),
    name: IMAGE_NAME,
    packages: PACKAGES_DIR,
    revision: "unknown",
  });
  return bytes;
}

/**
 * Takes an image archive in, in place of what had its name before.
 * @param dir of the node
 * @throws {CannotRunError} if its containerd does not take it
 */
export async function importImage(dir: string, archive: Uint8Array): Promise<void> {
  const file = join(dir, "image.tar");
  Deno.writeFileSync(file, archive);
  const { success, stderr } = await ctr(dir, ["images", "import", file]);
  Deno.removeSync(file);
  if (success) return;
  throw new CannotRunError(`Cannot import an image: ${new TextDecoder().decode(stderr).trim()}`);
}

/** containerd's own client, of the namespace that the kubelet's containers are in. */
export async function ctr(dir: string, args: readonly string[]): Promise<Deno.CommandOutput> {
  return await new Deno.Command(ctrProgram(), {
    args: ["--address", socketOf(dir), "--namespace", "k8s.io", ...args],
    stdin: "null",
  }).output();
}
