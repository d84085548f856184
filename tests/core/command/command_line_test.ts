import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { EXIT_CODE } from "../../../core/exit_code.ts";
import { type Command, defineCommand } from "../../../core/command/command.ts";
import { parseCommandLine, type Request } from "../../../core/command/command_line.ts";
import { duration, flag, integer, listOf, text, toggle } from "../../../core/command/flags.ts";

/** A driver with the flags of a Go program: long names, one of a single letter, one with a short form. */
const DRIVER = defineCommand({
  name: "driver",
  summary: "make load",
  description: "Makes load.",
  flags: {
    lambda: flag(integer({ min: 0 }), { help: "rate", default: 1 }),
    n: flag(integer({ min: 1 }), { help: "amount" }),
    "base-url": flag(text("url"), { help: "server", aliases: ["master", "kube-Url"] }),
    period: flag(duration(), { help: "pace", default: 10 }),
    insecure: flag(toggle, { help: "trust anyone", default: false }),
    quiet: flag(toggle, { help: "say nothing", short: "q", default: false }),
    output: flag(text("format"), { help: "format", short: "o", default: "text" }),
    label: flag(listOf(text("key=value")), { help: "labels", default: [], aliases: ["tag"] }),
    plan: flag(text("file"), { help: "YAML file that sets flags" }),
    token: flag(text("token"), { help: "bearer token", isSecret: true }),
  },
  examples: [{ line: "driver --lambda 5", does: "five" }],
  run: () => Promise.resolve(EXIT_CODE.pass),
});

const DIFF = defineCommand({
  name: "diff",
  summary: "tell apart",
  description: "Tells apart.",
  flags: { strict: flag(toggle, { help: "strictly", default: false }) },
  positionals: { usage: "BASE NEW", min: 1, max: 2 },
  examples: [],
  run: () => Promise.resolve(EXIT_CODE.pass),
});

const COMMANDS: readonly Command[] = [DRIVER, DIFF];

interface Surroundings {
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function parse(
  args: readonly string[],
  { env = {}, files = {} }: Surroundings = {},
): Promise<Request> {
  return parseCommandLine(COMMANDS, {
    args,
    env: (name) => env[name],
    readTextFile(path) {
      const content = files[path];
      if (content === undefined) throw new Error("no such file");
      return content;
    },
  });
}

/** The command, what was set and from where, and the positionals, as one comparable line. */
async function told(args: readonly string[], surroundings: Surroundings = {}): Promise<string> {
  const request = await parse(args, surroundings);
  if (request.kind === "help") return "help";
  const set = Object.entries(request.settings.shown).filter(([, { source }]) =>
    source !== "default"
  );
  return [
    request.command.name,
    ...set.map(([name, { value, source }]) => `${source}:${name}=${value}`),
    ...request.positionals.map((word) => `<${word}>`),
  ].join(" ");
}

const UNDERSTOOD: readonly [what: string, args: string[], told: string][] = [
  ["a flag and its value", ["driver", "--lambda", "5"], "driver flag:lambda=5"],
  ["--flag=value", ["driver", "--lambda=5"], "driver flag:lambda=5"],
  ["Go's one dash", ["driver", "-lambda", "5"], "driver flag:lambda=5"],
  ["Go's one dash with =", ["driver", "-lambda=5"], "driver flag:lambda=5"],
  ["one dash before a name with a dash", ["driver", "-base-url=u"], "driver flag:base-url=u"],
  ["an alias", ["driver", "--master", "u"], "driver flag:base-url=u"],
  ["an alias with =", ["driver", "--master=u"], "driver flag:base-url=u"],
  ["an alias, Go's way", ["driver", "-master", "u"], "driver flag:base-url=u"],
  ["an alias, Go's way with =", ["driver", "-kube-Url=u"], "driver flag:base-url=u"],
  ["a flag, then its alias", ["driver", "--base-url=a", "-master=b"], "driver flag:base-url=b"],
  ["an alias, then its flag", ["driver", "-master=b", "--base-url=a"], "driver flag:base-url=a"],
  ["a list by two names", ["driver", "--label=a=1", "-tag=b=2"], "driver flag:label=a=1, b=2"],
  ["an alias after --", ["diff", "--", "--master"], "diff <--master>"],
  ["a value with =", ["driver", "-base-url=u?a=b"], "driver flag:base-url=u?a=b"],
  ["an empty value", ["driver", "--base-url="], "driver flag:base-url="],
  ["a value with a line break", ["driver", "-base-url=a\nb"], "driver flag:base-url=a\nb"],
  ["a name of one letter", ["driver", "-n", "5"], "driver flag:n=5"],
  ["a name of one letter with =", ["driver", "-n=5"], "driver flag:n=5"],
  ["a name of one letter with two dashes", ["driver", "--n", "5"], "driver flag:n=5"],
  ["a name of one letter with two dashes and =", ["driver", "--n=5"], "driver flag:n=5"],
  ["a short form", ["driver", "-o", "json"], "driver flag:output=json"],
  ["a short form with =", ["driver", "-o=json"], "driver flag:output=json"],
  ["a short form without a gap", ["driver", "-ojson"], "driver flag:output=json"],
  ["a switch alone", ["driver", "--insecure"], "driver flag:insecure=true"],
  ["a switch alone, Go's way", ["driver", "-insecure"], "driver flag:insecure=true"],
  ["a switch that is off", ["driver", "-insecure=false"], "driver flag:insecure=false"],
  ["a switch that is off, apart", ["driver", "--insecure", "0"], "driver flag:insecure=false"],
  ["a short switch", ["driver", "-q"], "driver flag:quiet=true"],
  ["a short switch that is off", ["driver", "-q=false"], "driver flag:quiet=false"],
  [
    "a switch before another flag",
    ["driver", "-insecure", "-lambda", "5"],
    "driver flag:lambda=5 flag:insecure=true",
  ],
  ["a flag that is given twice", ["driver", "-n=5", "-n=6"], "driver flag:n=6"],
  [
    "a list",
    ["driver", "--label", "a=1", "-label=b=2"],
    "driver flag:label=a=1, b=2",
  ],
  ["positionals", ["diff", "a", "b"], "diff <a> <b>"],
  [
    "positionals between flags",
    ["diff", "a", "--strict=true", "b"],
    "diff flag:strict=true <a> <b>",
  ],
  ["what follows --", ["diff", "--", "--strict", "-strict"], "diff <--strict> <-strict>"],
  ["a lonely dash", ["diff", "-"], "diff <->"],
  [
    "a positional named as a command",
    ["diff", "driver", "-strict"],
    "diff flag:strict=true <driver>",
  ],
  ["a secret", ["driver", "--token", "hunter2"], "driver flag:token=********"],
];

for (const [what, args, expected] of UNDERSTOOD) {
  Deno.test(`${what} is understood: ${JSON.stringify(args.join(" "))}`, async () => {
    strictEqual(await told(args), expected);
  });
}

const REFUSED: readonly [what: string, args: string[], message: string][] = [
  [
    "an unknown command that is near to one",
    ["drivr"],
    "unknown command 'drivr' (Did you mean driver?); see scaletool --help",
  ],
  ["an unknown command", ["xyzzy"], "unknown command 'xyzzy'; see scaletool --help"],
  ["help on an unknown command", ["help", "xyz"], "unknown command 'xyz'; see scaletool --help"],
  [
    "an unknown flag that is near to one",
    ["driver", "--lambada", "5"],
    "unknown option '--lambada' (Did you mean --lambda?); see scaletool driver --help",
  ],
  [
    "an unknown flag that is near to an alias",
    ["driver", "--mastr=u"],
    "unknown option '--mastr' (Did you mean --master?); see scaletool driver --help",
  ],
  [
    "an unknown flag of one letter",
    ["driver", "--x"],
    "unknown option '--x'; see scaletool driver --help",
  ],
  [
    "an alias of another command",
    ["diff", "--master", "a"],
    "unknown option '--master'; see scaletool diff --help",
  ],
  [
    "a wrong value of an alias",
    ["driver", "-tag"],
    "option '--label <key=value>' argument missing; see scaletool driver --help",
  ],
  [
    "an unknown flag",
    ["driver", "--xyzzy"],
    "unknown option '--xyzzy'; see scaletool driver --help",
  ],
  [
    "an unknown flag with one dash",
    ["driver", "-xyzzy"],
    "unknown option '-xyzzy'; see scaletool driver --help",
  ],
  [
    "an unknown flag with a line break",
    ["driver", "--x\ny"],
    "unknown option '--x y'; see scaletool driver --help",
  ],
  ["a flag before the command", ["--lambda"], "unknown option '--lambda'; see scaletool --help"],
  [
    "a missing value",
    ["driver", "--lambda"],
    "option '--lambda <n>' argument missing; see scaletool driver --help",
  ],
  [
    "a missing value, Go's way",
    ["driver", "-lambda"],
    "option '--lambda <n>' argument missing; see scaletool driver --help",
  ],
  ["a wrong value", ["driver", "-lambda=x"], '--lambda must be a whole number, not "x"'],
  [
    "a wrong value of a switch",
    ["driver", "--insecure=maybe"],
    '--insecure must be true or false, not "maybe"',
  ],
  ["a positional where none is allowed", ["driver", "x"], 'driver: unexpected argument "x"'],
  [
    "too many positionals",
    ["diff", "a", "b", "c", "d"],
    'diff: unexpected argument "c"; usage: BASE NEW',
  ],
  ["too few positionals", ["diff"], "diff: missing argument; usage: scaletool diff BASE NEW"],
  [
    "a mistyped flag, whose value may be a secret",
    ["driver", "--tokn=s3'cret\n"],
    "unknown option '--tokn' (Did you mean --token?); see scaletool driver --help",
  ],
  [
    "a mistyped flag, Go's way",
    ["driver", "-tokn", "s3cret"],
    "unknown option '-tokn'; see scaletool driver --help",
  ],
  [
    "a secret before the command",
    ["--token=s3cret", "driver"],
    "unknown option '--token' (it goes behind driver); see scaletool driver --help",
  ],
  [
    "a secret of another command",
    ["diff", "--token=s3cret", "a"],
    "unknown option '--token'; see scaletool diff --help",
  ],
  [
    "a secret behind a blank",
    ["driver", "--token=", "s3cret"],
    "driver: unexpected argument behind --token",
  ],
  ["nothing but --", ["--"], "unknown command '--'; see scaletool --help"],
];

for (const [what, args, message] of REFUSED) {
  Deno.test(`${what} is refused in one line: ${JSON.stringify(args.join(" "))}`, async () => {
    await rejects(() => parse(args), (error) => {
      ok(error instanceof UsageError);
      strictEqual(error.message, message);
      return true;
    });
  });
}

const FILES = {
  "plan.yaml": "driver:\n  lambda: 7\n  label: [a=1, b=2]\n",
  "wrong.yaml": "driver:\n  lambada: 7\n",
};
const ENV = { SCALETOOL_DRIVER_N: "3", SCALETOOL_DRIVER_LAMBDA: "6" };

Deno.test("flags come from the command line, the environment and a plan, in this order", async () => {
  strictEqual(
    await told(["driver", "--plan", "plan.yaml"], { files: FILES }),
    "driver plan:lambda=7 plan:label=a=1, b=2 flag:plan=plan.yaml",
  );
  strictEqual(
    await told(["driver", "--plan", "plan.yaml"], { files: FILES, env: ENV }),
    "driver env:lambda=6 env:n=3 plan:label=a=1, b=2 flag:plan=plan.yaml",
  );
  strictEqual(
    await told(["driver", "-lambda=5", "--plan", "plan.yaml"], { files: FILES, env: ENV }),
    "driver flag:lambda=5 env:n=3 plan:label=a=1, b=2 flag:plan=plan.yaml",
  );
});

Deno.test("the plan itself may come from the environment", async () => {
  const env = { SCALETOOL_DRIVER_PLAN: "plan.yaml" };
  strictEqual(
    await told(["driver"], { files: FILES, env }),
    "driver plan:lambda=7 plan:label=a=1, b=2 env:plan=plan.yaml",
  );
});

Deno.test("a plan that cannot be read or is wrong is refused", async () => {
  await rejects(() => parse(["driver", "--plan", "none.yaml"], { files: FILES }), {
    name: "UsageError",
    message: '--plan: cannot read "none.yaml": no such file',
  });
  await rejects(() => parse(["driver", "--plan", "wrong.yaml"], { files: FILES }), {
    name: "UsageError",
    message: 'wrong.yaml:2:3: no flag "lambada" (did you mean "lambda"?)',
  });
});

Deno.test("values have their types", async () => {
  const request = await parse(["driver", "-period", "250us", "-insecure", "-label=a=1"]);
  ok(request.kind === "run");
  deepStrictEqual(request.settings.values, {
    lambda: 1,
    n: undefined,
    "base-url": undefined,
    period: 0.25,
    insecure: true,
    quiet: false,
    output: "text",
    label: ["a=1"],
    plan: undefined,
    token: undefined,
  });
});
