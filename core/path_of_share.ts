/** Where does each of several generators write what one alone would write in one file? @module */

import { extname } from "node:path";
import { isDevice } from "./files.ts";
import { hasOthers, type Share } from "./load/share.ts";

/** `rows-g2.csv` of `rows.csv`; a device is one for all of them. */
export function pathOfShare(path: string, share: Share): string {
  if (!hasOthers(share) || isDevice(path)) return path;
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-g${share.index}${extension}`;
}
