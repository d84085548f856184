/** One use of a command on a sandbox: what the command is told, and what its user is. @module */

import type { Flags, Values } from "../../core/command/flags.ts";
import { type GivenTexts, resolveSettings } from "../../core/command/settings.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import { defineKubernetesCommand, type KubernetesCommand } from "../../kube/kubernetes_command.ts";
import { ThreadedIo } from "./sandbox_worker.ts";

interface SeenUse<F extends Flags> {
  readonly values: Values<F>;
  readonly shown: Manifest["flags"];
  readonly stderr: string;
  /** That were started. */
  readonly threads: number;
}

/** @param options.given as on the command line; `does`: what the command does with its values */
export async function useOnSandbox<F extends Flags>(
  withStandIn: (command: KubernetesCommand, fullName: string) => KubernetesCommand,
  { flags, given, does }: {
    readonly flags: F;
    readonly given: GivenTexts;
    readonly does: (values: Values<F>) => Promise<unknown>;
  },
): Promise<SeenUse<F>> {
  const threaded = new ThreadedIo();
  const seen: { values?: Values<F>; shown?: Manifest["flags"] } = {};
  const command = withStandIn(
    defineKubernetesCommand({
      name: "probe",
      summary: "",
      description: "",
      flags,
      examples: [],
      needs: () =>
        Promise.resolve({
          rights: [],
          namespaces: [],
          createsNamespaces: false,
          requestsPerSec: null,
          connections: 1,
          watches: 1,
        }),
      run: async ({ values, shown }) => {
        Object.assign(seen, { values, shown });
        await does(values);
        return EXIT_CODE.pass;
      },
    }),
    "probe",
  );
  const settings = resolveSettings(command.flags, {
    command: "probe",
    flags: given,
    env: () => undefined,
  });
  await command.run({ command: "probe", ...settings, positionals: [], io: threaded.io });
  const { stderr, threads } = threaded;
  return { values: seen.values!, shown: seen.shown!, stderr, threads };
}
