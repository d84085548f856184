/**
 * The image of scaletool as one file, out of an executable and Debian's packages.
 * @module
 */

import deno from "../../deno.json" with { type: "json" };
import { filesOf } from "./debian_package.ts";
import { readExecutable } from "./executable.ts";
import { type Archive, archiveOf } from "./oci_archive.ts";
import { scaletoolImage } from "./scaletool_image.ts";
import { PACKAGES } from "./system_layer.ts";

/** What the image is called in full unless it is told otherwise; pods say `scaletool:VERSION`. */
export const IMAGE_NAME = `docker.io/library/scaletool:${deno.version}`;

export interface ImageSource {
  /** Path of the executable. */
  readonly executable: string;
  /** In full: `docker.io/library/scaletool:0.1.0`. */
  readonly name: string;
  /** The folder in which Debian's packages are, or get to. */
  readonly packages: string;
  /** Commit that the executable was built from. */
  readonly revision: string;
}

/** @throws {CannotRunError} if the executable or a package cannot be had */
export async function imageArchive(source: ImageSource): Promise<Archive> {
  const { executable, packages, name, revision } = source;
  return await archiveOf(scaletoolImage({
    executable: readExecutable(executable),
    systemFiles: await filesOf(PACKAGES, packages),
    name,
    version: deno.version,
    revision,
  }));
}
