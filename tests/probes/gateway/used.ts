/** The program as it is used on its sandbox of the Gateway API, and what it says in the end. */

import { run } from "../../../program.ts";
import { ThreadedIo } from "../../sandbox/sandbox_worker.ts";
import { TempDir } from "../../support/scaletool.ts";

/** On Gateways, a controller and a data plane of its own. */
export const ON_SANDBOX = ["--sandbox"];

/** Runs `gateway ...`; the report is that of a run that began. */
export async function used(args: readonly string[]) {
  await using dir = new TempDir();
  const threaded = new ThreadedIo();
  const code = await run(
    ["gateway", ...args, "--out", dir.file("run"), "-o", "json", "--seed", "7"],
    threaded.io,
  );
  const { stdout, stderr } = threaded;
  return { code, stderr, report: stdout === "" ? undefined : JSON.parse(stdout) };
}
