import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { duration, flag, integer, listOf, text, toggle, url } from "../../../core/command/flags.ts";
import type { SettingSource } from "../../../core/run_log/manifest.ts";
import {
  type GivenTexts,
  isGiven,
  resolveSettings,
  shownWithChosen,
  variableName,
} from "../../../core/command/settings.ts";

const FLAGS = {
  threads: flag(integer({ min: 1 }), { help: "loops", default: 1 }),
  "base-url": flag(text("url"), { help: "server" }),
  period: flag(duration(), { help: "pace", default: 10 }),
  insecure: flag(toggle, { help: "trust anyone", default: false }),
  label: flag(listOf(text("key=value")), { help: "labels", default: [] }),
  token: flag(text("token"), { help: "bearer token", isSecret: true }),
};

/** Settings of the command `load` from what is given at each place. */
function settingsOf(
  { flags = {}, env = {}, plan }: {
    flags?: GivenTexts;
    env?: Record<string, string>;
    plan?: GivenTexts;
  },
) {
  return resolveSettings(FLAGS, {
    command: "load",
    flags,
    env: (name) => env[name],
    ...(plan === undefined ? {} : { plan }),
  });
}

Deno.test("without anything given, the defaults hold and what has none is not shown", () => {
  const { values, shown } = settingsOf({});
  deepStrictEqual(values, {
    threads: 1,
    "base-url": undefined,
    period: 10,
    insecure: false,
    label: [],
    token: undefined,
  });
  deepStrictEqual(shown, {
    threads: { value: "1", source: "default" },
    period: { value: "10ms", source: "default" },
    insecure: { value: "false", source: "default" },
    label: { value: "", source: "default" },
  });
});

const FLAG = { threads: ["2"] };
const ENV = { SCALETOOL_LOAD_THREADS: "3" };
const PLAN = { threads: ["4"] };

/** Who wins, for every set of places that name the flag. */
const PRECEDENCE: readonly [
  given: Parameters<typeof settingsOf>[0],
  value: number,
  source: SettingSource,
][] = [
  [{ flags: FLAG, env: ENV, plan: PLAN }, 2, "flag"],
  [{ flags: FLAG, env: ENV }, 2, "flag"],
  [{ flags: FLAG, plan: PLAN }, 2, "flag"],
  [{ flags: FLAG }, 2, "flag"],
  [{ env: ENV, plan: PLAN }, 3, "env"],
  [{ env: ENV }, 3, "env"],
  [{ plan: PLAN }, 4, "plan"],
  [{}, 1, "default"],
];

for (const [given, value, source] of PRECEDENCE) {
  Deno.test(`of ${Object.keys(given).join(", ") || "nothing"} the ${source} counts`, () => {
    const { values, shown } = settingsOf(given);
    strictEqual(values.threads, value);
    deepStrictEqual(shown.threads, { value: String(value), source });
  });
}

Deno.test("a weaker place does not count even where the stronger one says the default", () => {
  const { values, shown } = settingsOf({ flags: { threads: ["1"] }, env: ENV, plan: PLAN });
  strictEqual(values.threads, 1);
  strictEqual(shown.threads?.source, "flag");
});

Deno.test("a weaker place is not even read: nonsense in it does no harm", () => {
  strictEqual(settingsOf({ flags: FLAG, plan: { threads: ["many"] } }).values.threads, 2);
});

Deno.test("of a flag that is typed twice the last counts, of a list flag all", () => {
  const { values, shown } = settingsOf({ flags: { threads: ["5", "6"], label: ["a=1", "b=2"] } });
  strictEqual(values.threads, 6);
  deepStrictEqual(values.label, ["a=1", "b=2"]);
  deepStrictEqual(shown.label, { value: "a=1, b=2", source: "flag" });
});

Deno.test("lists of several places are not added up", () => {
  const { values } = settingsOf({
    flags: { label: ["a=1"] },
    env: { SCALETOOL_LOAD_LABEL: "b=2" },
    plan: { label: ["c=3", "d=4"] },
  });
  deepStrictEqual(values.label, ["a=1"]);
});

const SECRET = "hunter2";

for (
  const [source, given] of [
    ["flag", { flags: { token: [SECRET] } }],
    ["env", { env: { SCALETOOL_LOAD_TOKEN: SECRET } }],
    ["plan", { plan: { token: [SECRET] } }],
  ] as const
) {
  Deno.test(`a secret from ${source} reaches the command, and nobody else`, () => {
    const { values, shown } = settingsOf(given);
    strictEqual(values.token, SECRET);
    deepStrictEqual(shown.token, { value: "********", source });
    strictEqual(JSON.stringify(shown).includes(SECRET), false);
  });
}

const REFUSED: readonly [given: Parameters<typeof settingsOf>[0], message: string][] = [
  [{ flags: { threads: ["0"] } }, "--threads must be at least 1, not 0"],
  [
    { env: { SCALETOOL_LOAD_THREADS: "x" } },
    'SCALETOOL_LOAD_THREADS must be a whole number, not "x"',
  ],
  [{ plan: { threads: ["x"] } }, 'plan: threads must be a whole number, not "x"'],
  [{ plan: { threads: [] } }, 'plan: threads must be a whole number, not ""'],
  [
    { flags: { period: ["soon"] } },
    '--period must be a duration such as 250us, 10ms, 1m30s, not "soon"',
  ],
  [
    { env: { SCALETOOL_LOAD_INSECURE: "maybe" } },
    'SCALETOOL_LOAD_INSECURE must be true or false, not "maybe"',
  ],
];

for (const [given, message] of REFUSED) {
  Deno.test(`what is wrong is said with the place it is in: ${message}`, () => {
    throws(() => settingsOf(given), (error) => {
      strictEqual(error instanceof UsageError, true);
      strictEqual((error as Error).message, message);
      return true;
    });
  });
}

Deno.test("variables are in capitals with underscores", () => {
  strictEqual(variableName("httperf", "base-url"), "SCALETOOL_HTTPERF_BASE_URL");
  strictEqual(variableName("cm-logger", "n"), "SCALETOOL_CM_LOGGER_N");
});

Deno.test("an older tool's variable counts after the flag's own, in its own unit", () => {
  const variables = { WATCH_DURATION: (text: string) => `${text}s` };
  const flags = { period: flag(duration(), { help: "pace", variables }) };
  const resolved = (env: Record<string, string>) =>
    resolveSettings(flags, { command: "load", flags: {}, env: (name) => env[name] });
  deepStrictEqual(resolved({ WATCH_DURATION: "600" }), {
    values: { period: 600_000 },
    shown: { period: { value: "10m0s", source: "env" } },
  });
  strictEqual(
    resolved({ WATCH_DURATION: "600", SCALETOOL_LOAD_PERIOD: "1s" }).values.period,
    1_000,
  );
  throws(() => resolved({ WATCH_DURATION: "x" }), /^UsageError: WATCH_DURATION must be a duration/);
});

const STAND_IN_FLAGS = {
  sandbox: flag(toggle, { help: "nothing real", default: false, replacesTarget: true }),
  token: flag(text("token"), {
    help: "session",
    isSecret: true,
    variables: { TOKEN: (value) => value },
  }),
  threads: flag(integer({ min: 1 }), {
    help: "loops",
    default: 1,
    variables: { THREADS: (value) => value },
  }),
};

Deno.test("variables of older tools count only where there is a real target", () => {
  const settingsWith = (env: Record<string, string>, sandbox?: string) =>
    resolveSettings(STAND_IN_FLAGS, {
      command: "load",
      flags: sandbox === undefined ? {} : { sandbox: [sandbox] },
      env: (name) => env[name],
    }).values;
  const stray = { TOKEN: "of something else", THREADS: "many" };
  deepStrictEqual(settingsWith(stray, "true"), { sandbox: true, token: undefined, threads: 1 });
  const bySettings = { ...stray, SCALETOOL_LOAD_SANDBOX: "yes", SCALETOOL_LOAD_THREADS: "2" };
  deepStrictEqual(settingsWith(bySettings), { sandbox: true, token: undefined, threads: 2 });
  throws(() => settingsWith(stray), /^UsageError: THREADS must be a whole number/);
  deepStrictEqual(settingsWith({ TOKEN: "t" }, "false"), {
    sandbox: false,
    token: "t",
    threads: 1,
  });
});

Deno.test("a secret that cannot be used is not part of the error", () => {
  const flags = { pin: flag(integer(), { help: "secret number", isSecret: true }) };
  const given = { command: "load", flags: { pin: ["s3cret"] }, env: () => undefined };
  throws(() => resolveSettings(flags, given), { message: "--pin cannot be used as it is" });
});

Deno.test("of a URL only what is no secret is shown", () => {
  const flags = { page: flag(url({ example: "http://h", takesQuery: true }), { help: "page" }) };
  const of = (page: string) =>
    resolveSettings(flags, { command: "load", flags: { page: [page] }, env: () => undefined });
  deepStrictEqual(of("http://h/?token=secret"), {
    values: { page: "http://h/?token=secret" },
    shown: { page: { value: "http://h/?...", source: "flag" } },
  });
  throws(() => of("http://u:secret@h"), { message: "--page must not hold a user or password" });
});

Deno.test("what the program chooses is shown with who chose it, and secrets stay masked", () => {
  const { shown } = settingsOf({ flags: { threads: ["2"] } });
  const chosen = { threads: 2, period: 20, token: SECRET, insecure: undefined, unknown: 1 };
  const effective = shownWithChosen(shown, { flags: FLAGS, chosen, source: "demo" });
  deepStrictEqual(effective, {
    threads: { value: "2", source: "flag" },
    period: { value: "20ms", source: "demo" },
    label: { value: "", source: "default" },
    token: { value: "********", source: "demo" },
  });
  deepStrictEqual(
    ["threads", "period", "label", "token", "none"].filter((name) => isGiven(effective, name)),
    ["threads"],
  );
});

Deno.test("a list in a plan is refused for a flag that takes one value", () => {
  throws(
    () => settingsOf({ plan: { threads: ["1", "2"] } }),
    new UsageError("plan: threads takes one value, not a list of 2"),
  );
});
