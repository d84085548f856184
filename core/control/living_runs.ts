/** Which runs go on? By their sockets alone: those that were killed have left theirs. @module */

import { basename, join } from "node:path";
import { hasSocket } from "./control_socket.ts";

/** Where runs leave themselves unless told otherwise. */
export const RUNS_FOLDER = "scaletool-runs";

/** Directories in the folder with a socket, by name. */
export function livingRuns(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name)).filter(hasSocket)
      .sort();
  } catch {
    return [];
  }
}

/** What they are called there. */
export function livingNames(folder: string): string[] {
  return livingRuns(folder).map((directory) => basename(directory));
}
