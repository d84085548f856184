/** What a run refuses, a dry run, the doctor and the manifests refuse: by name of every command. */

import assert from "node:assert/strict";
import { COMMANDS, run } from "../../../program.ts";
import { recordingIo } from "../../support/recording_io.ts";

const DOCTOR = COMMANDS.find(({ name }) => name === "doctor");
const EXAMINED = DOCTOR?.subcommands ?? [];

/** Exit code and message of a command line that must contact nothing. */
async function refused(args: readonly string[]): Promise<[code: number, stderr: string]> {
  const { io, output } = recordingIo();
  const code = await run(args, { ...io, readTextFile: () => assert.fail("no file is named") });
  assert.equal(output.stdout, "");
  return [code, output.stderr];
}

const FLAGS: readonly string[] = [
  "--threshold=bogus",
  "--label=x",
  "--run-id=UPPER",
  "--seed=x",
  "--metrics-addr=:::",
  "--sandbox-fault=nonsense",
  "--sandbox-fault=latency", // but no --sandbox
  "--rate=much",
  "--rate=replay:/no/such/file",
  "--kind=/no/such/file",
  "--datafile=x{{.Other}}",
  "--override-server=a b",
];

/** They make nothing but pods, so that --dry-run asks the cluster of these first. */
const WATCHERS = ["cm-logger", "flunder-logger", "flunder-watch"];

/** Whether the command has the flag, with more than numbers in it. */
function takes(name: string, flag: string): boolean {
  const flags = COMMANDS.find((one) => one.name === name)?.flags ?? {};
  const [, flagName = ""] = /^--([\w-]+)=/.exec(flag) ?? [];
  return Object.hasOwn(flags, flagName);
}

for (const { name } of EXAMINED) {
  Deno.test(`doctor ${name} and ${name} --dry-run refuse what ${name} refuses, in the same words`, async () => {
    for (const flag of FLAGS.filter((one) => takes(name, one))) {
      const expected = await refused([name, flag]);
      assert.ok(expected[0] === 2 || expected[0] === 1, `${name} ${flag}: ${expected}`);
      assert.match(expected[1], /^scaletool: .*\n$/, flag);
      assert.deepEqual(await refused(["doctor", name, flag]), expected, `doctor ${flag}`);
      if (takes(name, "--dry-run=") && !WATCHERS.includes(name)) {
        assert.deepEqual(await refused([name, flag, "--dry-run"]), expected, `--dry-run ${flag}`);
      }
    }
  });
}
