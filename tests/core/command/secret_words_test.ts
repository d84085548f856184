/** Secrets that were typed are in no message, whatever was typed wrong: through the command line and the program. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { COMMANDS, run } from "../../../program.ts";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { leavesOf } from "../../../core/command/command_tree.ts";
import { withoutSecrets } from "../../../core/command/secret_words.ts";
import { messageOf } from "../../../core/errors.ts";
import { GROUPED_COMMANDS } from "../../support/grouped_commands.ts";
import { recordingIo } from "../../support/recording_io.ts";

const SECRET = "hunter2x";

async function said(args: readonly string[], commands = COMMANDS): Promise<string> {
  const { io, output } = recordingIo();
  const code = await run(args, io, commands);
  assert.equal(code, 2, output.stdout + output.stderr);
  return output.stderr;
}

const LINES: readonly (readonly [args: string[], says: string])[] = [
  [
    ["steve-watch", `-p${SECRET}`],
    "unknown option '-p'; see scaletool steve-watch --help",
  ],
  [
    ["cmdriver", `--token${SECRET}`],
    "unknown option '--token'; see scaletool cmdriver --help",
  ],
  [
    ["cmdriver", `-token${SECRET}==`],
    "unknown option '-token'; see scaletool cmdriver --help",
  ],
  [
    ["cmdriver", "--token", "Bearer", SECRET],
    "cmdriver: unexpected argument behind --token",
  ],
  [["cmdriver", "-token=Bearer", SECRET], "cmdriver: unexpected argument behind --token"],
  [["cmdriver", "--token=", SECRET], "cmdriver: unexpected argument behind --token"],
  [["cmdriver", "--token", "--lambda", SECRET], "cmdriver: unexpected argument behind --token"],
  [
    ["cmdriver", "--lambda", `--token=${SECRET}`],
    'scaletool: --lambda must be a number, not "--token"',
  ],
  [["cmdriver", "--lambda", `-p${SECRET}`], 'scaletool: --lambda must be a number, not "-p"'],
  [["doctor", `-p${SECRET}`, "steve-watch"], 'doctor: missing command before "-p"; see'],
  [["doctor", `--tokn=${SECRET}`, "cmdriver"], 'doctor: missing command before "--tokn"; see'],
  [["doctor", "cmdriver", "--token", "Bearer", SECRET], "unexpected argument behind --token"],
  [["manifests", "rbac", "--token", "Bearer", SECRET], "manifests rbac: --for must be one of"],
  [["manifests", "rbac", "--for", `--token=${SECRET}`], "manifests rbac: --for must be one of"],
  [[`-p${SECRET}`, "steve-watch"], "unknown option '-p'; see"],
];

for (const [args, says] of LINES) {
  Deno.test(`${JSON.stringify(args.join(" "))} is refused without what may be a secret`, async () => {
    const text = await said(args);
    assert.ok(text.includes(says), text);
    assert.doesNotMatch(text, /hunter/);
  });
}

Deno.test("so it is below a group", async () => {
  const group = ["gateway", "attached-routes"];
  for (const rest of [[`-p${SECRET}`], ["--token", "Bearer", SECRET], ["--n", `-p${SECRET}`]]) {
    assert.doesNotMatch(await said([...group, ...rest], GROUPED_COMMANDS), /hunter/);
  }
  assert.match(
    await said(["gateway", `--token=${SECRET}`, "attached-routes"], GROUPED_COMMANDS),
    /^scaletool: gateway: missing command before "--token"; see/,
  );
  assert.match(
    await said([`--token=${SECRET}`, "gateway", "attached-routes"], GROUPED_COMMANDS),
    /'--token' \(it goes behind gateway attached-routes\); see scaletool gateway attached-routes --/,
  );
});

Deno.test("no flag of any command quotes a secret flag that it took for its value", async () => {
  for (const [fullName, { flags }] of leavesOf(COMMANDS)) {
    for (const flag of Object.keys(flags)) {
      if (flag === "plan") continue; // is read, which is another test's matter
      for (const value of [`--token=${SECRET}`, `-p${SECRET}`, `--password${SECRET}`]) {
        const args = [...fullName.split(" "), `--${flag}`, value];
        let message = "";
        try {
          await parseCommandLine(COMMANDS, { args, env: () => undefined, readTextFile: () => "" });
        } catch (error) {
          message = messageOf(error);
        }
        assert.doesNotMatch(message, /hunter/, args.join(" "));
      }
    }
  }
});

Deno.test("a secret that is a part of another, quotes included, uncovers neither", () => {
  const args = ["cmdriver", "--token", " ", '" '];
  const message = withoutSecrets('unexpected argument "" "; see', { args, commands: COMMANDS });
  assert.equal(message, "unexpected argument behind --token; see");
});

Deno.test("what follows a secret flag, up to the next flag, is never quoted", () => {
  const word = fc.string({ minLength: 1 }).filter((text) => !text.startsWith("-"));
  fc.assert(
    fc.property(word, fc.array(word), fc.array(word), (first, more, others) => {
      const args = ["cmdriver", ...others, "--token", first, ...more, "--lambda", "5"];
      for (const secret of [first, ...more]) {
        const message = withoutSecrets(`unexpected argument "${secret}"; see`, {
          args,
          commands: COMMANDS,
        });
        assert.equal(message, "unexpected argument behind --token; see");
      }
    }),
  );
});

Deno.test("words that are no secrets are quoted as they were typed", async () => {
  assert.match(await said(["cmdriver", "-xyzzy"]), /'-xyzzy'/);
  assert.match(await said(["cmdriver", "--lambda", "-5"]), /-5/);
  assert.match(await said(["cmdriver", "--n", "-3x"]), /"-3x"/);
  assert.match(await said(["cmdriver", "--token", SECRET, "--lambda", "5", "five"]), /"five"/);
});
