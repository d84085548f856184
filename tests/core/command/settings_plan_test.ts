/** The settings of any command, read back from the plan that they are written as. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Command } from "../../../core/command/command.ts";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { leavesOf } from "../../../core/command/command_tree.ts";
import {
  exactTexts,
  type Flag,
  flag,
  type Flags,
  listOf,
  text,
} from "../../../core/command/flags.ts";
import { resolveSettings } from "../../../core/command/settings.ts";
import { settingsPlan } from "../../../core/command/settings_plan.ts";
import { COMMANDS } from "../../../program.ts";

/** Read from what the first one wrote, as a generator does: with nothing typed, and no variables. */
async function readBack(command: Command, name: string, plan: string) {
  const request = await parseCommandLine(COMMANDS, {
    args: [...name.split(" "), "--plan", "plan.yaml"],
    env: () => undefined,
    readTextFile: () => plan,
  });
  assert.ok(request.kind === "run", command.name);
  return request.settings;
}

/** Texts that a flag of whatever kind may take. */
const WORDS = [
  ...["0", "1", "2", "3.5", "10", "100", "0.25", "5%", "1e3", "true", "false", "yes"],
  ...["250us", "1ms", "1500ms", "90s", "1m30s", "64KiB", "1MiB", "1000B", "8080", "127.0.0.1:80"],
  ...["a", "a,b", "ns/name", "ns/svc:80", "key=value", "poisson:50/s", "50/s", "10..100*2"],
  ...["lambda=1,2,4", "https://host:8443/path", "metrics:https://user:pw@host/metrics?x=1"],
  ...["https://user:pw@host", "x: 1", "- x", "#x", "'\"", "\u00fc \t", "two\nlines\n", " ", "null"],
  ...["healthy: request.p99 < 1s", "request.p99 < 200ms", "429,share=0.2", "reset", "legacy"],
  ...["-1", "=", "<<", "~", "0x10", "1_000", "2026-01-01", "*", "&a", "!b", "%", "@", "`"],
];

function accepts({ kind }: Flag<unknown>, word: string): boolean {
  try {
    kind.parse(word);
    return true;
  } catch {
    return false;
  }
}

/** Some flags of a command with texts that they take. */
function givenOf(flags: Flags): fc.Arbitrary<Record<string, string[]>> {
  const choices = Object.entries(flags).filter(([name]) => name !== "plan")
    .map(([name, declared]) => {
      const words = [...new Set([...WORDS, ...declared.kind.words ?? []])]
        .filter((word) => accepts(declared, word));
      const most = declared.kind.isList ? 3 : 1;
      return words.length === 0
        ? fc.constant([] as [string, string[]][])
        : fc.array(fc.constantFrom(...words), { maxLength: most })
          .map((texts): [string, string[]][] => texts.length === 0 ? [] : [[name, texts]]);
    });
  return fc.tuple(...choices).map((all) => Object.fromEntries(all.flat()));
}

const OF_THE_REPORT = [
  ...["threshold", "label", "out", "output", "json-stream", "plan", "quiet", "metrics-addr"],
  ...["live-token", "abort-on-fail", "abort-delay"],
];

for (const [name, command] of leavesOf(COMMANDS)) {
  if (!("run-id" in command.flags && "seed" in command.flags)) continue;
  Deno.test(`the settings of ${name} are the same again in another process`, async () => {
    await fc.assert(
      fc.asyncProperty(givenOf(command.flags), async (flags) => {
        const first = resolveSettings(command.flags, {
          command: name,
          flags: { ...flags, "run-id": ["r1"], seed: ["7"] },
          env: () => undefined,
        });
        const plan = settingsPlan({ command: name, ...first }, command.flags);
        const again = await readBack(command, name, plan);
        for (const flag of Object.keys(command.flags)) {
          if (OF_THE_REPORT.includes(flag)) continue;
          assert.deepEqual(again.values[flag], first.values[flag], `${flag}\n${plan}`);
        }
      }),
      { numRuns: 30 },
    );
  });
}

Deno.test("what only who reports has a use for stays there; what was left to the program, too", () => {
  const command = leavesOf(COMMANDS).get("cmdriver")!;
  const settings = resolveSettings(command.flags, {
    command: "cmdriver",
    flags: { out: ["dir"], threshold: ["create.p99 < 1s"], lambda: ["5"] },
    env: (name) => name === "SCALETOOL_CMDRIVER_MAXPOP" ? "9" : undefined,
  });
  const values = { ...settings.values, "run-id": "r1", seed: 7 };
  assert.deepEqual(
    settingsPlan({ command: "cmdriver", ...settings, values }, command.flags),
    'cmdriver:\n  lambda: "5"\n  maxpop: "9"\n  seed: "7"\n  run-id: r1\n',
  );
});

Deno.test("a secret is in it as it is, and only there", () => {
  const flags = { token: flag(text(), { help: "", isSecret: true }) };
  const settings = resolveSettings(flags, {
    command: "driver",
    flags: { token: ["T0P"] },
    env: () => undefined,
  });
  assert.equal(settingsPlan({ command: "driver", ...settings }, flags), "driver:\n  token: T0P\n");
  assert.equal(settings.shown["token"]?.value, "********");
});

Deno.test("of a list each item is a text of its own", () => {
  assert.deepEqual(exactTexts(listOf(text()), ["a, b", "c"]), ["a, b", "c"]);
  assert.deepEqual(exactTexts(listOf(text()), []), []);
});
