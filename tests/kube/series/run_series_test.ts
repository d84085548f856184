import assert from "node:assert/strict";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { flag, integer, text, toggle } from "../../../core/command/flags.ts";
import { CannotRunError, UsageError } from "../../../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../../../core/exit_code.ts";
import {
  defineKubernetesCommand,
  type KubernetesCommand,
} from "../../../kube/kubernetes_command.ts";
import { defineSeriesCommand } from "../../../kube/series/series_command.ts";
import type { Parts } from "../../../kube/series/series_flags.ts";
import { recordingIo } from "../../support/recording_io.ts";

const COMMON = {
  gateways: flag(text("names"), { help: "where" }),
  "run-id": flag(text("id"), { help: "which" }),
  out: flag(text("dir"), { help: "where to" }),
  plan: flag(text("file"), { help: "plan" }),
  quiet: flag(toggle, { help: "silent", default: false }),
};

interface Seen {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, string>>;
}

/** Commands that come to what is said of them, and what each was told. */
function parts(
  outcomes: Readonly<Record<string, ExitCode | Error>>,
): { parts: Parts; seen: Seen[] } {
  const seen: Seen[] = [];
  const commands = Object.entries(outcomes).map(([name, outcome]): [string, KubernetesCommand] => [
    `group ${name}`,
    defineKubernetesCommand({
      name,
      summary: "",
      description: "",
      flags: { ...COMMON, routes: flag(integer({ min: 1 }), { help: "how many", default: 10 }) },
      examples: [],
      needs: ({ values }) => {
        if (values.routes > 1_000) throw new UsageError("--routes: too many");
        return Promise.resolve({
          rights: [],
          namespaces: [name],
          createsNamespaces: false,
          requestsPerSec: null,
          connections: 1,
          watches: 1,
        });
      },
      run: ({ values, shown }) => {
        const sources = Object.entries(shown).map(([flag, { source }]) => [flag, source]);
        seen.push({ name, values, sources: Object.fromEntries(sources) });
        return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
      },
    }),
  ]);
  return { parts: new Map(commands), seen };
}

/** One use of the series of these parts. */
async function use(
  args: readonly string[],
  outcomes: Readonly<Record<string, ExitCode | Error>> = { one: 0, two: 0 },
  { env = {}, plan = "" }: { env?: Record<string, string>; plan?: string } = {},
) {
  const { parts: made, seen } = parts(outcomes);
  const all = defineSeriesCommand({
    name: "all",
    summary: "",
    description: "",
    flags: COMMON,
    examples: [],
    parts: made,
  });
  const group = {
    ...all,
    name: "group",
    flags: {},
    subcommands: [...made.values(), all],
  };
  const request = await parseCommandLine([group], {
    args: ["group", "all", ...args],
    env: (name) => env[name],
    readTextFile: () => plan,
  });
  assert.ok(request.kind === "run");
  const { io, output } = recordingIo();
  const code = await request.command.run({
    command: request.fullName,
    ...request.settings,
    ...(request.parts && { parts: request.parts }),
    positionals: [],
    io,
  });
  return { code, seen, ...output };
}

Deno.test("every part runs with what the series was told, and with its own defaults", async () => {
  const { code, seen, stdout } = await use(["--gateways", "a/gw", "--out", "results"]);
  assert.equal(code, EXIT_CODE.pass);
  assert.deepEqual(
    seen.map(({ name, values: { gateways, routes, out } }) => [name, gateways, routes, out]),
    [["one", "a/gw", 10, "results/one"], ["two", "a/gw", 10, "results/two"]],
  );
  assert.notEqual(seen[0]!.values["run-id"], undefined);
  assert.match(stdout, /^two +pass +0 +results\/two$/m);
});

Deno.test("a part has the values of its own section and variables, but what the series was told", async () => {
  const { seen } = await use(["--gateways", "typed", "--plan", "p.yaml"], undefined, {
    env: { SCALETOOL_GROUP_TWO_ROUTES: "7" },
    plan: "group one: {routes: 5, gateways: planned}\ngroup two: {routes: 6}\n",
  });
  assert.deepEqual(
    seen.map(({ values: { gateways, routes }, sources }) => [gateways, routes, sources["routes"]]),
    [["typed", 5, "plan"], ["typed", 7, "env"]],
  );
});

Deno.test("--only takes some of them, in their own order", async () => {
  const outcomes = { one: 0, two: 0, three: 0 } as const;
  const { seen } = await use(["--only", "three", "--only", "one"], outcomes);
  assert.deepEqual(seen.map(({ name }) => name), ["one", "three"]);
  await assert.rejects(use(["--only", "four"]), /--only must be one, two, not "four"/);
});

Deno.test("no part runs before all of them can be made a run of", async () => {
  const made = use(["--plan", "p.yaml"], undefined, { plan: "group two: {routes: 2000}\n" });
  await assert.rejects(made, {
    name: "UsageError",
    message: "group two: --routes: too many",
  });
});

Deno.test("a part that fails or cannot run ends none of the others, and the worst one decides", async () => {
  const { code, seen, stdout, stderr } = await use([], {
    one: new CannotRunError("no such port"),
    two: EXIT_CODE.failed,
    three: EXIT_CODE.inconclusive,
    four: EXIT_CODE.pass,
  });
  assert.equal(code, EXIT_CODE.failed);
  assert.equal(seen.length, 4);
  assert.equal(stderr, "one: no such port\n");
  assert.match(stdout, /^one +could-not-run +1$/m);
  assert.match(stdout, /^three +inconclusive +4 /m);
});

Deno.test("what keeps several parts from running is said once", async () => {
  const why = () => new CannotRunError("no cluster");
  const { code, stderr } = await use([], { one: why(), two: why() });
  assert.equal(code, EXIT_CODE.couldNotRun);
  assert.equal(stderr, "one: no cluster\n");
});

Deno.test("who stops one part stops the series", async () => {
  const { code, seen } = await use([], { one: EXIT_CODE.interrupted, two: EXIT_CODE.failed });
  assert.equal(code, EXIT_CODE.interrupted);
  assert.deepEqual(seen.map(({ name }) => name), ["one"]);
});
