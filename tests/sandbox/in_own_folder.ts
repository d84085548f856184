/** For commands that leave files in the working folder. @module */

import { TempDir } from "../support/scaletool.ts";

export async function inOwnFolder(work: () => Promise<void>): Promise<void> {
  await using dir = new TempDir();
  const before = Deno.cwd();
  Deno.chdir(dir.path);
  try {
    await work();
  } finally {
    Deno.chdir(before);
  }
}
