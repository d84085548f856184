/** The program as it is used on a scripted gateway, beside a sandbox of the Kubernetes API. */

import { changedTree } from "../../../core/command/command_tree.ts";
import { maasCommands } from "../../../probes/mod.ts";
import { run } from "../../../program.ts";
import { withSandbox } from "../../../sandbox/mod.ts";
import { ThreadedIo } from "../../sandbox/sandbox_worker.ts";
import { TempDir } from "../../support/scaletool.ts";
import type { ScriptedGateway } from "./scripted_gateway.ts";

/** A load that is over soon. */
export const QUICK = ["--settle", "0s", "--stage-duration", "1s", "--pause", "0s"];

/** Runs `maas ...`; the report is that of a run that began. */
export async function used(gateway: ScriptedGateway, args: readonly string[]) {
  await using dir = new TempDir();
  const threaded = new ThreadedIo();
  const commands = changedTree([maasCommands], { command: withSandbox });
  const code = await run(
    [
      ...["maas", ...args, "--sandbox", ...gateway.flags],
      ...["--out", dir.file("run"), "-o", "json", "--seed", "7"],
    ],
    threaded.io,
    commands,
  );
  const { stdout, stderr } = threaded;
  return { code, stderr, report: stdout === "" ? undefined : JSON.parse(stdout) };
}
