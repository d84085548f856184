/** A command line of a probe as its command gets it. */

import assert from "node:assert/strict";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import type { Invocation } from "../../../core/command/command.ts";
import type { LoadFlags } from "../../../kube/cluster_flags.ts";
import { type Identified, identified } from "../../../kube/conduct_on_cluster.ts";
import type { KubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { recordingIo } from "../../support/recording_io.ts";

/** Its run is called `r1`. @param options what is not of a gateway probe without an environment */
export async function invocationOf<F extends LoadFlags>(
  command: KubernetesCommand,
  args: readonly string[],
  { group = "gateway", env = {} }: {
    readonly group?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Identified<F>> {
  const request = await parseCommandLine([command], {
    args: [command.name, "--run-id", "r1", ...args],
    env: (name) => env[name],
    readTextFile: () => "",
  });
  assert.ok(request.kind === "run");
  const { values, shown } = request.settings;
  const { io } = recordingIo();
  const full = { command: `${group} ${command.name}`, values, shown, positionals: [], io };
  return identified(full as unknown as Invocation<F>);
}
