/**
 * What is in the image of scaletool: the same as deploy/Containerfile makes.
 * @module
 */

import type { Image, ProcessConfig } from "./oci_archive.ts";
import { CA_FILE, NONROOT_ID, systemLayer, WORK_FOLDER } from "./system_layer.ts";

const PROGRAM = "usr/local/bin/scaletool";

/** What an image is made of. */
export interface ImageParts {
  readonly executable: Uint8Array;
  /** What is in the packages, by path. */
  readonly systemFiles: ReadonlyMap<string, Uint8Array>;
  /** In full: `docker.io/library/scaletool:0.1.0`. */
  readonly name: string;
  readonly version: string;
  /** Commit that the executable was built from. */
  readonly revision: string;
}

/** @throws {Error} if the packages do not have what they should */
export function scaletoolImage({ executable, systemFiles, name, ...labels }: ImageParts): Image {
  return {
    name,
    config: configOf(labels),
    layers: [systemLayer(systemFiles), [{ path: PROGRAM, data: executable, mode: 0o555 }]],
  };
}

function configOf({ version, revision }: Pick<ImageParts, "version" | "revision">): ProcessConfig {
  return {
    // By number, because runAsNonRoot cannot tell whether a name is root.
    User: `${NONROOT_ID}:${NONROOT_ID}`,
    Env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      `SSL_CERT_FILE=/${CA_FILE}`,
    ],
    Entrypoint: [`/${PROGRAM}`],
    Cmd: ["--help"],
    WorkingDir: `/${WORK_FOLDER}`,
    Labels: {
      "org.opencontainers.image.title": "scaletool",
      "org.opencontainers.image.description": "Load and scale tests for Kubernetes-shaped systems",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": revision,
    },
  };
}
