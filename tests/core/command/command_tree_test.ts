import assert from "node:assert/strict";
import { COMMANDS } from "../../../program.ts";
import { completionText } from "../../../core/command/completion/mod.ts";
import { leavesOf, subcommandFirst } from "../../../core/command/command_tree.ts";
import { type CommandLine, parseCommandLine } from "../../../core/command/command_line.ts";
import { GROUPED_COMMANDS } from "../../support/grouped_commands.ts";

function parse(
  line: string,
  { env = {}, plan = "" }: { env?: Record<string, string>; plan?: string } = {},
) {
  const around: CommandLine = {
    args: line.split(" "),
    env: (name) => env[name],
    readTextFile: () => plan,
  };
  return parseCommandLine(GROUPED_COMMANDS, around);
}

/** What the command that is asked for has for `--lambda`, by which name. */
async function understood(...[line, surroundings]: Parameters<typeof parse>) {
  const request = await parse(line, surroundings);
  assert.ok(request.kind === "run");
  return [request.fullName, request.settings.values["lambda"]];
}

async function help(line: string): Promise<string> {
  const request = await parse(line);
  assert.ok(request.kind === "help", line);
  return request.text;
}

Deno.test("a command in a group is known by its full name", async () => {
  assert.deepEqual([...leavesOf(GROUPED_COMMANDS).keys()], [
    "writer",
    "gateway attached-routes",
    "gateway route-change",
    "cleanup",
  ]);
  assert.deepEqual(await understood("gateway attached-routes"), ["gateway attached-routes", 1]);
});

for (
  const line of [
    "gateway attached-routes",
    "doctor gateway attached-routes",
    "manifests rbac gateway attached-routes",
    "manifests rbac --for gateway attached-routes",
  ]
) {
  Deno.test(`"${line}" takes the variables and the section of a plan of the full name`, async () => {
    const name = "gateway attached-routes";
    const env = { SCALETOOL_GATEWAY_ATTACHED_ROUTES_LAMBDA: "5" };
    assert.deepEqual(await understood(line, { env }), [name, 5]);
    for (const variable of ["ATTACHED_ROUTES", "DOCTOR_GATEWAY_ATTACHED_ROUTES", "GATEWAY"]) {
      assert.deepEqual(await understood(line, { env: { [`SCALETOOL_${variable}_LAMBDA`]: "5" } }), [
        name,
        1,
      ]);
    }
    const plan = "writer: {lambda: 2}\ngateway attached-routes: {lambda: 7}\n";
    assert.deepEqual(await understood(`${line} --plan p`, { plan }), [name, 7]);
    assert.deepEqual(
      await understood(line, { plan, env: { SCALETOOL_GATEWAY_ATTACHED_ROUTES_PLAN: "p" } }),
      [name, 7],
    );
    assert.deepEqual(
      await understood(`${line} --plan p`, { plan: "gateway: {}\nwriter: {lambda: 2}" }),
      [
        name,
        1,
      ],
    );
  });
}

const WRONG_SECTIONS: readonly (readonly [plan: string, says: string])[] = [
  [
    "gateway attached-rotues: {}",
    'p:1:1: no command "gateway attached-rotues" (did you mean "gateway attached-routes"?)',
  ],
  [
    "gateway-attached-routes: {}",
    'p:1:1: no command "gateway-attached-routes" (did you mean "gateway attached-routes"?)',
  ],
  [
    "attached-routes: {}",
    'p:1:1: no command "attached-routes" (did you mean "gateway attached-routes"?)',
  ],
  [
    "gateway:\n  attached-routes: {lambda: 5}",
    'p:2:3: no flag "attached-routes" (its section is "gateway attached-routes")',
  ],
  ["gateway: {lambda: 5}", 'p:1:11: no flag "lambda"'],
  [
    "gateway attached-routes: {lamda: 5}",
    'p:1:27: no flag "lamda" (did you mean "lambda"?)',
  ],
];

for (const [plan, says] of WRONG_SECTIONS) {
  Deno.test(`a plan that says ${JSON.stringify(plan)} is refused with what was meant`, async () => {
    await assert.rejects(() => parse("gateway attached-routes --plan p", { plan }), {
      name: "UsageError",
      message: says,
    });
  });
}

Deno.test("no two flags of different commands share a variable", () => {
  const leaves = [...leavesOf([...COMMANDS, ...GROUPED_COMMANDS])];
  for (const [name, { flags }] of leaves) {
    for (const [other, { flags: others }] of leaves) {
      if (name >= other) continue;
      const variable = (command: string, flag: string) => `${command} ${flag}`.replaceAll("-", " ");
      const own = new Set(Object.keys(flags).map((flag) => variable(name, flag)));
      const shared = Object.keys(others).filter((flag) => own.has(variable(other, flag)));
      assert.deepEqual(shared, [], `${name}, ${other}`);
    }
  }
});

Deno.test("there is help at each level, by each way to ask for it", async () => {
  const group = await help("gateway --help");
  assert.match(group, /^Usage: scaletool gateway COMMAND \[flags\]\n/);
  assert.match(group, / {2}attached-routes .*\n {2}route-change /);
  for (const line of ["help gateway", "gateway -h", "gateway nonsense --help"]) {
    assert.equal(await help(line), group, line);
  }
  const leaf = await help("gateway attached-routes --help");
  assert.match(leaf, /^Usage: scaletool gateway attached-routes \[flags\]\n/);
  assert.match(leaf, /--lambda/);
  assert.match(leaf, /SCALETOOL_GATEWAY_ATTACHED_ROUTES_DATALEN and so on/);
  assert.match(leaf, /scaletool gateway attached-routes --sandbox/);
  assert.equal(await help("help gateway attached-routes"), leaf);
});

Deno.test("doctor and manifests have groups where the commands have", async () => {
  const group = await help("doctor gateway --help");
  assert.match(group, /^Usage: scaletool doctor gateway COMMAND \[flags\]\n/);
  assert.match(group, /scaletool doctor gateway attached-routes\n/);
  const leaf = await help("help doctor gateway attached-routes");
  assert.equal(await help("doctor gateway attached-routes -h"), leaf);
  assert.match(leaf, /^Usage: scaletool doctor gateway attached-routes \[flags\]\n/);
  assert.match(leaf, /SCALETOOL_GATEWAY_ATTACHED_ROUTES_DATALEN and so on/);
  assert.match(
    await help("manifests rbac --for gateway attached-routes --help"),
    /^Usage: scaletool manifests rbac gateway attached-routes \[flags\]\n/,
  );
});

const COMPLETED: readonly (readonly [line: string, ...offered: string[]])[] = [
  ["gate", "gateway"],
  ["gateway ", "attached-routes", "route-change"],
  ["gateway attached-routes --lamb", "--lambda"],
  ["gateway attached-routes --csv-dialect ", "rfc4180", "go"],
  ["gateway attached-routes --sandbox-f", "--sandbox-fault"],
  ["help gateway ro", "route-change"],
  ["doctor gateway ", "attached-routes", "route-change"],
  ["doctor gateway attached-routes --lamb", "--lambda"],
  ["manifests rbac --for gate", "gateway"],
  ["manifests rbac --for gateway att", "attached-routes"],
  ["manifests rbac --for gateway attached-routes --acc", "--account"],
  ["manifests rbac --namespace writer --for gateway ro", "route-change"],
  ["manifests rbac --namespace writer --for gateway attached-routes --acc", "--account"],
];

Deno.test("completion offers both levels, and the flags of the command", () => {
  for (const [line, ...expected] of COMPLETED) {
    const answers = completionText(GROUPED_COMMANDS, line.split(" ")).trimEnd().split("\n");
    assert.deepEqual(answers.map((answer) => answer.split("\t")[0]), expected, line);
  }
});

const ORDERED: readonly (readonly [given: readonly string[], ordered: readonly string[]])[] = [
  [["--for", "gateway", "route-change", "-n", "a"], ["gateway", "route-change", "-n", "a"]],
  [["--for", "gateway route-change", "-n", "a"], ["gateway", "route-change", "-n", "a"]],
  [["--for=gateway route-change"], ["gateway", "route-change"]],
  [["--for=gateway", "route-change"], ["gateway", "route-change"]],
  [["-n", "a", "-for", "gateway", "route-change", "--n", "2"], [
    ...["gateway", "route-change", "-n", "a", "--n", "2"],
  ]],
  [["-n", "writer", "--for", "writer", "gateway"], ["writer", "-n", "writer", "gateway"]],
  [["gateway", "route-change"], ["gateway", "route-change"]],
  [["-n", "for", "--for", "writer"], ["writer", "-n", "for"]],
  [["--for"], [""]],
];

Deno.test("a command that a flag names may be of several words, quoted or not", () => {
  for (const [given, ordered] of ORDERED) {
    const rbac = ["manifests", "rbac"];
    assert.deepEqual(subcommandFirst([...rbac, ...given], GROUPED_COMMANDS), [...rbac, ...ordered]);
  }
});
