import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { EXIT_CODE } from "../../../core/exit_code.ts";
import { type Command, defineCommand, defineCommandGroup } from "../../../core/command/command.ts";
import { parseCommandLine, type Request } from "../../../core/command/command_line.ts";
import { flag, integer, text } from "../../../core/command/flags.ts";

function command(name: string, run = () => Promise.resolve(EXIT_CODE.pass)): Command {
  return defineCommand({
    name,
    summary: `summary of ${name}`,
    description: `Description of ${name}.`,
    flags: {
      rate: flag(integer(), { help: "pace", default: 1, aliases: ["lambda"] }),
      n: flag(integer(), { help: "amount", default: 2 }),
      plan: flag(text("file"), { help: "YAML file that sets flags" }),
    },
    examples: [],
    run,
  });
}

const GROUP = defineCommandGroup({
  name: "group",
  summary: "summary of the group",
  description: "Description of the group.",
  examples: [{ line: "group load", does: "one of it" }],
  subcommands: [
    command("load"),
    command("other"),
    defineCommandGroup({
      name: "deep",
      summary: "summary of the inner group",
      description: "Description of the inner group.",
      examples: [],
      subcommands: [command("load")],
    }),
  ],
});

const COMMANDS: readonly Command[] = [command("load"), GROUP];

interface Surroundings {
  readonly env?: Record<string, string>;
  readonly plan?: string;
}

function parse(
  args: readonly string[],
  { env = {}, plan = "" }: Surroundings = {},
): Promise<Request> {
  return parseCommandLine(COMMANDS, { args, env: (name) => env[name], readTextFile: () => plan });
}

/** The values of the subcommand `load` of the group. */
async function values(args: readonly string[], surroundings: Surroundings = {}) {
  const request = await parse(["group", "load", ...args], surroundings);
  ok(request.kind === "run");
  strictEqual(request.command, GROUP.subcommands?.[0]);
  const { rate, n } = request.settings.values;
  return { rate, n };
}

async function help(args: readonly string[]): Promise<string> {
  const request = await parse(args);
  ok(request.kind === "help");
  return request.text;
}

Deno.test("a subcommand has its flags in every spelling that a command has", async () => {
  deepStrictEqual(await values([]), { rate: 1, n: 2 });
  for (const args of [["--rate", "5"], ["-rate=5"], ["-lambda", "5"], ["--lambda=5"]]) {
    deepStrictEqual(await values(args), { rate: 5, n: 2 }, args.join(" "));
  }
  deepStrictEqual(await values(["-n", "7"]), { rate: 1, n: 7 });
});

Deno.test("a subcommand's variables and section of a plan are those of its full name", async () => {
  deepStrictEqual(await values([], { env: { SCALETOOL_LOAD_N: "7" } }), { rate: 1, n: 2 });
  deepStrictEqual(await values([], { env: { SCALETOOL_GROUP_LOAD_N: "7" } }), { rate: 1, n: 7 });
  deepStrictEqual(await values(["--plan", "p"], { plan: "load: {lambda: 9}" }), { rate: 1, n: 2 });
  deepStrictEqual(await values(["--plan", "p"], { plan: "group load: {lambda: 9}" }), {
    rate: 9,
    n: 2,
  });
});

Deno.test("a word that names a command is the subcommand only behind its group", async () => {
  const request = await parse(["load", "--rate", "3"]);
  ok(request.kind === "run");
  strictEqual(request.command, COMMANDS[0]);
  await rejects(() => parse(["load", "group"]), { message: 'load: unexpected argument "group"' });
});

Deno.test("a group by itself is refused, and so is what names none of it", async () => {
  await rejects(() => parse(["group"]), {
    name: "UsageError",
    message: "group: missing argument; usage: scaletool group COMMAND [flags]",
  });
  const says: readonly [args: string[], message: string][] = [
    [["lod"], 'group: no command "lod" (did you mean "load"?); see scaletool group --help'],
    [
      ["lod", "--n", "3"],
      'group: no command "lod" (did you mean "load"?); see scaletool group --help',
    ],
    [["--rate", "3", "load"], 'group: missing command before "--rate"; see scaletool group --help'],
    [["x", "load"], 'group: no command "x"; see scaletool group --help'],
  ];
  for (const [args, message] of says) {
    const request = await parse(["group", ...args]);
    ok(request.kind === "run");
    const { command, settings: { values, shown }, positionals } = request;
    const invocation = { command: command.name, values, shown, positionals };
    await rejects(command.run(invocation as unknown as Parameters<Command["run"]>[0]), (error) => {
      ok(error instanceof UsageError);
      strictEqual(error.message, message);
      return true;
    });
  }
});

Deno.test("errors of a subcommand name the whole path", async () => {
  await rejects(() => parse(["group", "load", "x"]), {
    message: 'group load: unexpected argument "x"',
  });
  await rejects(() => parse(["group", "load", "--lambd", "5"]), {
    message: "unknown option '--lambd' (Did you mean --lambda?); see scaletool group load --help",
  });
});

Deno.test("groups may be in groups", async () => {
  const request = await parse(["group", "deep", "load", "-lambda", "5"]);
  ok(request.kind === "run");
  strictEqual(request.settings.values.rate, 5);
  await rejects(() => parse(["group", "deep", "load", "x"]), {
    message: 'group deep load: unexpected argument "x"',
  });
  await rejects(() => parse(["group", "deep"]), {
    message: "group deep: missing argument; usage: scaletool group deep COMMAND [flags]",
  });
  strictEqual(
    await help(["help", "group", "deep", "load"]),
    await help(["group", "deep", "load", "-h"]),
  );
});

Deno.test("help of the group lists its commands, help of a subcommand its flags", async () => {
  const group = await help(["group", "--help"]);
  ok(group.startsWith("Usage: scaletool group COMMAND [flags]\n"), group);
  ok(
    group.includes("  load        summary of load\n  other       summary of other\n  deep        "),
    group,
  );
  ok(!group.includes("help [command]"), group);
  for (const args of [["help", "group"], ["group", "-h"], ["group", "nonsense", "--help"]]) {
    strictEqual(await help(args), group, args.join(" "));
  }
  const load = await help(["group", "load", "--help"]);
  ok(load.startsWith("Usage: scaletool group load [flags]\n"), load);
  ok(load.includes("--rate <n>") && load.includes("SCALETOOL_GROUP_LOAD_RATE"), load);
  for (const args of [["help", "group", "load"], ["group", "load", "-h"]]) {
    strictEqual(await help(args), load, args.join(" "));
  }
});
