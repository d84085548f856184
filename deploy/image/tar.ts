/**
 * Tar archives whose bytes depend on nothing but what is in them: everything is owned by 0:0, of the
 * time 0 and in the order of its path.
 * @module
 */

import { packTar, type TarEntry } from "modern-tar";

const EPOCH = new Date(0);
const FOLDER_MODE = 0o755;
const LINK_MODE = 0o777;

/** What is at one path of an archive: a file, a symbolic link or a folder. */
export type Item =
  & {
    /** From the root of the archive, without a slash at either end. */
    readonly path: string;
  }
  & (
    | { readonly data: Uint8Array; readonly mode: number }
    | { readonly target: string }
    | { readonly mode: number }
  );

/** An archive of the items and of the folders that they are in, these with mode 0755 unless given. */
export async function tarOf(items: readonly Item[]): Promise<Uint8Array> {
  const byPath = new Map<string, Item>();
  for (const { path } of items) {
    for (const folder of foldersOf(path)) byPath.set(folder, { path: folder, mode: FOLDER_MODE });
  }
  for (const item of items) byPath.set(item.path, item);
  const paths = [...byPath.keys()].sort();
  return await packTar(paths.map((path) => entryOf(byPath.get(path)!)));
}

function foldersOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, depth) => names.slice(0, depth + 1).join("/"));
}

function entryOf(item: Item): TarEntry {
  const { path: name } = item;
  const always = { mtime: EPOCH, uid: 0, gid: 0, uname: "", gname: "" };
  if ("data" in item) {
    const { data, mode } = item;
    return { header: { ...always, name, type: "file", mode, size: data.length }, body: data };
  }
  if ("target" in item) {
    const { target: linkname } = item;
    return { header: { ...always, name, type: "symlink", mode: LINK_MODE, size: 0, linkname } };
  }
  return { header: { ...always, name: `${name}/`, type: "directory", mode: item.mode, size: 0 } };
}
