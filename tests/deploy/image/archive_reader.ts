/**
 * Reads an image archive as a node would: from index.json on, by digests alone.
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TarHeader, unpackTar } from "modern-tar";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** As the image specification has it. */
export interface ImageConfig {
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly config: Readonly<Record<string, unknown>> & {
    readonly Entrypoint: readonly string[];
  };
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
}

/** One thing in a layer. */
export interface LayerEntry {
  readonly header: TarHeader;
  readonly text: string;
}

/** What an archive says. */
export interface ReadArchive {
  readonly outer: readonly TarHeader[];
  readonly layoutVersion: string;
  /** What index.json says of the one image. */
  readonly index: Descriptor;
  readonly manifest: {
    readonly mediaType: string;
    readonly config: Descriptor;
    readonly layers: readonly Descriptor[];
  };
  readonly image: ImageConfig;
  /** As they are to be unpacked, one over the other. */
  readonly layers: readonly Uint8Array[];
}

/** Fails where a blob is not what its digest, its size or its name says. */
export async function readArchive(bytes: Uint8Array): Promise<ReadArchive> {
  const entries = await unpackTar(bytes, { strict: true });
  const files = new Map(entries.map(({ header, data }) => [header.name, data]));
  const fileAt = (path: string): Uint8Array => {
    const data = files.get(path);
    assert.ok(data !== undefined, `no ${path}`);
    return data;
  };
  const read = new Set<string>();
  const blob = ({ digest, size }: Descriptor): Uint8Array => {
    const path = `blobs/${digest.replace(":", "/")}`;
    read.add(path);
    const data = fileAt(path);
    assert.equal(data.length, size, path);
    assert.equal(digest, digestOf(data));
    return data;
  };
  const { manifests } = json<{ manifests: Descriptor[] }>(fileAt("index.json"));
  assert.equal(manifests.length, 1);
  const index = manifests[0]!;
  const manifest = json<ReadArchive["manifest"]>(blob(index));
  const image = json<ImageConfig>(blob(manifest.config));
  const layers = manifest.layers.map(blob);
  const blobs = [...files.keys()].filter((path) => /^blobs\/sha256\/./.test(path));
  assert.deepEqual(blobs.sort(), [...read].sort(), "every blob is of the image");
  const { imageLayoutVersion: layoutVersion } = json<{ imageLayoutVersion: string }>(
    fileAt("oci-layout"),
  );
  const outer = entries.map(({ header }) => header);
  return { outer, layoutVersion, index, manifest, image, layers };
}

/** What is in a layer, by path without a slash at the end. */
export async function entriesOf(layer: Uint8Array): Promise<Map<string, LayerEntry>> {
  const entries = await unpackTar(layer, { strict: true });
  return new Map(entries.map(({ header, data }) => [
    header.name.replace(/\/$/, ""),
    { header, text: new TextDecoder().decode(data) },
  ]));
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function json<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes));
}
