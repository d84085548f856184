/** `scaletool backup suite`: the tests of a plan of the field's scripts, one after another. @module */

import { choice, duration, flag, type Flags, text, toggle } from "../../../core/command/flags.ts";
import { RUN_FLAGS } from "../../../core/command/run_flags.ts";
import {
  defineKubernetesCommand,
  type KubernetesCommand,
} from "../../../kube/kubernetes_command.ts";

const DESCRIPTION =
  `Runs the test plans of the field's scripts as they are: JSON with "tests" and "custom_tests", of which those run that are
enabled, in their order. Their args are words as a shell makes them, and flags of scaletool backup run. All of them are
looked at before the first one runs; what is given here holds for every test, before what its args say (--registry-path
quay.io/me in the place of CHANGEME). Without a plan: 1500 workspaces in one namespace, then in 1500. Each test removes what
it made, and nothing of anybody else. The exit code is the worst: a failure, then a test that could not run, then one
without a verdict.`;

const asIs = (given: string) => given;
const asSeconds = (given: string) => /^\d+$/.test(given) ? `${given}s` : given;

/** What a suite looks at itself; what else it has is its tests'. */
export const SUITE_FLAGS = {
  "output-dir": flag(text("dir"), {
    help: "where the folder of the results is made",
    variables: { OUTPUT_DIR: asIs },
    default: "outputs",
  }),
  "test-timeout": flag(duration({ minMs: 1 }), {
    help: "longest time for one test, which is then stopped and cleans up; " +
      "default: 4h, 5h in a plan with backups",
    variables: { TEST_TIMEOUT: asSeconds },
  }),
  "restart-operator": flag(toggle, {
    help: "restart the operator and its webhook server before each test",
    variables: { RESTART_OPERATOR: asIs },
    default: false,
  }),
  // Of the others several in a row are nothing that could be read.
  output: flag(choice(["text", "json"]), {
    help: "format of the results on stdout, one after another",
    short: "o",
    default: "text",
  }),
  quiet: RUN_FLAGS.quiet,
};

/** What has to be another for each test. */
const OF_ONE_RUN = new Set(["run-id", "out"]);

/** Of `scaletool backup suite`, whose tests are uses of this command. */
export function suiteCommand(runCommand: KubernetesCommand): KubernetesCommand {
  return defineKubernetesCommand<Flags>({
    name: "suite",
    summary: "the tests of a plan file of the field's scripts, one after another",
    description: DESCRIPTION,
    positionals: { usage: "[PLAN.json]", min: 0, max: 1 },
    flags: { ...flagsOfTests(runCommand), ...SUITE_FLAGS },
    examples: [
      {
        line: "backup suite smoke.json --registry-path quay.io/me",
        does: "a plan as it is, with a registry path of one's own in all of its tests",
      },
      {
        line: "backup suite smoke.json --registry-path quay.io/me --dry-run",
        does: "what its tests would do",
      },
    ],
    run: async (invocation) => (await import("./run_suite.ts")).runSuite(invocation, runCommand),
    needs: async (invocation) =>
      (await import("./run_suite.ts")).needsOfSuite(invocation, runCommand),
  });
}

/** An older tool's variable is what a test has whose args say nothing else: each test looks for it itself. */
function flagsOfTests({ flags }: KubernetesCommand): Flags {
  const kept = Object.entries(flags).filter(([name]) => !OF_ONE_RUN.has(name))
    .map(([name, { variables: _, ...declared }]) => [name, declared] as const);
  const { "cleanup-timeout": cleanup } = flags;
  const variables = { CLEANUP_MAX_WAIT: asSeconds };
  return {
    ...Object.fromEntries(kept),
    ...(cleanup && { "cleanup-timeout": { ...cleanup, variables } }),
  };
}
