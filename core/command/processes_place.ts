/** `--processes`: generators as processes on this machine. @module */

import { type Command, type Invocation, withFlags } from "./command.ts";
import { PROCESSES_FLAGS } from "./generator_flags.ts";
import type { GeneratorsPlace } from "./with_generators.ts";

export const PROCESSES: GeneratorsPlace = {
  flags: PROCESSES_FLAGS,
  isAskedFor: (invocation) => countOf(invocation) !== undefined,
  async host(invocation: Invocation, inner: Command) {
    const [{ ProcessHost }, { settingsPlan }] = await Promise.all([
      import("../generators/process_host.ts"),
      import("./settings_plan.ts"),
    ]);
    const { command, io } = invocation;
    return new ProcessHost({
      count: countOf(invocation)!,
      command: command.split(" "),
      settings: settingsPlan(invocation, inner.flags),
      spawn: (start) => io.spawnGenerator(start),
    });
  },
};

function countOf(invocation: Invocation): number | undefined {
  return withFlags(invocation, PROCESSES_FLAGS).values.processes;
}
