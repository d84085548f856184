/**
 * An image as one file that container engines and nodes take in: the OCI image layout 1.0 as a tar
 * archive (https://github.com/opencontainers/image-spec: image-layout.md, manifest.md, config.md).
 * Layers are not compressed: what a registry gets is compressed by who pushes it, a node unpacks
 * faster, and the bytes do not depend on a version of zlib.
 * @module
 */

import { createHash } from "node:crypto";
import { type Item, tarOf } from "./tar.ts";

const MEDIA_TYPE = {
  config: "application/vnd.oci.image.config.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  manifest: "application/vnd.oci.image.manifest.v1+json",
} as const;

const PLATFORM = { architecture: "amd64", os: "linux" } as const;

/** What an image says of the process that is started from it; as the image specification has it. */
export interface ProcessConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** What is to become an archive. */
export interface Image {
  /** In full, as containerd has it: `docker.io/library/scaletool:0.1.0`. */
  readonly name: string;
  readonly config: ProcessConfig;
  /** The lowest first. */
  readonly layers: readonly (readonly Item[])[];
}

/** A finished archive. */
export interface Archive {
  readonly bytes: Uint8Array;
  /** Of the manifest: `sha256:...`, by which registries and nodes know the image. */
  readonly digest: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The contents of an image, each by its digest. */
class Blobs {
  readonly items: Item[] = [];

  add(mediaType: string, data: Uint8Array): Descriptor {
    const hex = createHash("sha256").update(data).digest("hex");
    this.items.push({ path: `blobs/sha256/${hex}`, data, mode: 0o644 });
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  }
}

/** The same image gives the same bytes. */
export async function archiveOf({ name, config, layers }: Image): Promise<Archive> {
  const blobs = new Blobs();
  const layerBlobs: Descriptor[] = [];
  for (const items of layers) layerBlobs.push(blobs.add(MEDIA_TYPE.layer, await tarOf(items)));
  const configBlob = blobs.add(
    MEDIA_TYPE.config,
    json({
      created: "1970-01-01T00:00:00Z",
      ...PLATFORM,
      config,
      rootfs: { type: "layers", diff_ids: layerBlobs.map(({ digest }) => digest) },
    }),
  );
  const manifest = blobs.add(
    MEDIA_TYPE.manifest,
    json({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      config: configBlob,
      layers: layerBlobs,
    }),
  );
  const bytes = await tarOf([
    { path: "oci-layout", data: json({ imageLayoutVersion: "1.0.0" }), mode: 0o644 },
    { path: "index.json", data: json(indexOf(manifest, name)), mode: 0o644 },
    ...blobs.items,
  ]);
  return { bytes, digest: manifest.digest };
}

function indexOf(manifest: Descriptor, name: string): unknown {
  const annotations = {
    // What `ctr images import` calls it.
    "io.containerd.image.name": name,
    // What is behind the file's name in `oci-archive:FILE:TAG`.
    "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
  };
  const manifests = [{ ...manifest, platform: PLATFORM, annotations }];
  return { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
