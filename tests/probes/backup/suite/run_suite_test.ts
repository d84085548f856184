import assert from "node:assert/strict";
import { join } from "node:path";
import { parseCommandLine } from "../../../../core/command/command_line.ts";
import {
  defineCommandGroup,
  type Invocation,
  type Io,
  type StopSignal,
} from "../../../../core/command/command.ts";
import { choice, duration, flag, integer, text, toggle } from "../../../../core/command/flags.ts";
import { CannotRunError, UsageError } from "../../../../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../../../../core/exit_code.ts";
import { defineKubernetesCommand } from "../../../../kube/kubernetes_command.ts";
import { renderJson } from "../../../../core/report/report.ts";
import { suiteCommand } from "../../../../probes/backup/suite/command.ts";
import { runSuite } from "../../../../probes/backup/suite/run_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { recordingIo } from "../../../support/recording_io.ts";
import { sampleReport } from "../../../support/sample_report.ts";

const WALL_START = "2026-03-14T09:26:53.589Z";

type Taking = (invocation: Invocation) => ExitCode | Promise<ExitCode>;

/** As `backup run`, with the flags that the tests use; `take` is what it does. */
function fakeRun(take: Taking) {
  return defineKubernetesCommand({
    name: "run",
    summary: "",
    description: "",
    flags: {
      mode: flag(choice(["binary", "operator"]), { help: "", default: "binary" }),
      "max-vus": flag(integer({ min: 1 }), {
        help: "",
        variables: { MAX_VUS: (given) => given },
        default: 100,
      }),
      "separate-namespaces": flag(toggle, { help: "", default: false }),
      "run-backup-test-hook": flag(toggle, { help: "", default: true }),
      "registry-path": flag(text("path"), { help: "" }),
      "cleanup-timeout": flag(duration(), { help: "", default: 600_000 }),
      "logs-dir": flag(text("dir"), { help: "" }),
      "dry-run": flag(toggle, { help: "", default: false }),
      "run-id": flag(text("id"), { help: "" }),
      out: flag(text("dir"), { help: "" }),
      plan: flag(text("file"), { help: "" }),
    },
    examples: [],
    needs: ({ values }) => {
      if (values["registry-path"] === "") throw new UsageError("--registry-path: is empty");
      return Promise.resolve({
        rights: [],
        namespaces: [],
        createsNamespaces: false,
        requestsPerSec: null,
        connections: 1,
        watches: 1,
      });
    },
    run: async (invocation) => await take(invocation as unknown as Invocation),
  });
}

interface Use {
  readonly tests?: readonly { readonly name: string; readonly args: string }[];
  readonly plan?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly take?: Taking;
  /** Undefined: the operator is not restarted. */
  readonly restart?: (...given: unknown[]) => Promise<void>;
  /** While it runs. */
  readonly during?: (clock: FakeClock, signal: (one: StopSignal) => void) => Promise<void>;
}

/** One use of the suite in a folder of its own, which is gone then; `files`: what was in it. */
async function use(given: Use) {
  const folder = Deno.makeTempDirSync();
  try {
    const used = await useIn(folder, given);
    const files = filesIn(join(folder, "outputs"));
    const read = (name: string) => files.get(name) ?? assert.fail(`${name}: ${[...files.keys()]}`);
    return { ...used, folder, files, read };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Texts by their paths in the folder; none if there is no such folder. */
function filesIn(folder: string, above = ""): Map<string, string> {
  const files = new Map<string, string>();
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (isDirectory) {
        filesIn(path, `${above}${name}/`).forEach((text, key) => files.set(key, text));
      } else files.set(above + name, Deno.readTextFileSync(path));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

async function useIn(folder: string, given: Use) {
  const { tests = [], args = [], env = {}, take = () => EXIT_CODE.pass, during, restart } = given;
  const path = join(folder, "plan.json");
  const custom = tests.map((test) => ({ ...test, enabled: true }));
  Deno.writeTextFileSync(path, given.plan ?? JSON.stringify({ custom_tests: custom }));
  const seen: Invocation[] = [];
  const command = fakeRun((invocation) => {
    seen.push(invocation);
    return take(invocation);
  });
  const { io: recording, output } = recordingIo();
  const listeners = new Set<(signal: StopSignal) => void>();
  const io: Io = {
    ...recording,
    env: (name) => env[name],
    onStopSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const texts = { summary: "", description: "", examples: [] };
  const group = defineCommandGroup({
    ...texts,
    name: "backup",
    subcommands: [command, suiteCommand(command)],
  });
  const request = await parseCommandLine([group], {
    args: ["backup", "suite", path, "--output-dir", join(folder, "outputs"), ...args],
    env: io.env,
    readTextFile: Deno.readTextFileSync,
  });
  assert.ok(request.kind === "run");
  const clock = new FakeClock(0, { wallStart: WALL_START });
  const running = runSuite(
    {
      command: request.fullName,
      ...request.settings,
      positionals: request.positionals,
      io,
    },
    command,
    { clock, ...(restart && { restart }) },
  );
  await during?.(clock, (one) => [...listeners].forEach((listener) => listener(one)));
  return { code: await running, seen, listeners, ...output };
}

const DIRECTORY = "run_20260314_092653";
const BACKUP = "--run-backup-test-hook true --registry-path quay.io/you";

Deno.test("each test is a run with its own args, run id and directory", async () => {
  const { code, seen, read, folder, stdout } = await use({
    tests: [
      { name: "a", args: "--mode binary --separate-namespaces true --max-vus 50" },
      { name: "b c", args: "--separate-namespaces false" },
    ],
  });
  assert.equal(code, EXIT_CODE.pass);
  assert.deepEqual(
    seen.map(({ command, values }) => {
      const { "max-vus": vus, "separate-namespaces": separate, out } = values as Record<
        string,
        unknown
      >;
      return [command, vus, separate, out];
    }),
    [
      ["backup run", 50, true, `${folder}/outputs/${DIRECTORY}/runs/a`],
      ["backup run", 100, false, `${folder}/outputs/${DIRECTORY}/runs/b c`],
    ],
  );
  assert.equal(seen[0]!.shown["max-vus"]!.source, "plan");
  assert.equal(new Set(seen.map(({ shown }) => shown["run-id"]!.value)).size, 2);
  assert.equal(
    read(`${DIRECTORY}/summary.txt`),
    `${"Test Name".padEnd(40)} ${"Status".padEnd(15)} Duration\n` +
      `${"a".padEnd(40)} ${"PASSED".padEnd(15)} 0m\n${"b c".padEnd(40)} ${
        "PASSED".padEnd(15)
      } 0m\n`,
  );
  assert.match(stdout, /^b c +PASSED +0 /m);
});

Deno.test("what is not given is as the scripts have it: no backups", async () => {
  const { seen } = await use({ tests: [{ name: "a", args: "" }, { name: "b", args: BACKUP }] });
  assert.deepEqual(
    seen.map(({ values }) => (values as Record<string, unknown>)["run-backup-test-hook"]),
    [false, true],
  );
});

Deno.test("the folder of a plan with backups is called so", async () => {
  const { read } = await use({ tests: [{ name: "a", args: BACKUP }] });
  assert.match(
    read("backup_run_20260314_092653/test_suite.log"),
    /^\[2026-03-14 09:26:53\] test 1 of 1: a$/m,
  );
});

Deno.test("what the suite is told goes before the args of every test", async () => {
  const { seen } = await use({
    tests: [{ name: "a", args: BACKUP }],
    args: ["--registry-path", "quay.io/me"],
    env: { CLEANUP_MAX_WAIT: "30" },
  });
  const { "registry-path": path, "cleanup-timeout": timeout } = seen[0]!.values as Record<
    string,
    unknown
  >;
  assert.deepEqual([path, timeout], ["quay.io/me", 30_000]);
});

Deno.test("the placeholder of a plan is no registry path, but where a registry of its own is told", async () => {
  const tests = [{ name: "a", args: "--registry-path quay.io/CHANGEME" }];
  await assert.rejects(use({ tests }), {
    name: "UsageError",
    message: /test "a": --registry-path is still "quay\.io\/CHANGEME"; give the suite one of your/,
  });
  const { code } = await use({ tests, args: ["--registry-path", "quay.io/me"] });
  assert.equal(code, EXIT_CODE.pass);
});

Deno.test("a variable of the scripts is for tests whose args say nothing else", async () => {
  const { seen } = await use({
    tests: [{ name: "a", args: "--max-vus 7" }, { name: "b", args: "" }],
    env: { MAX_VUS: "5" },
  });
  assert.deepEqual(
    seen.map(({ values }) => (values as Record<string, unknown>)["max-vus"]),
    [7, 5],
  );
});

Deno.test("nothing runs before all tests can: a wrong flag is said with its test and line", async () => {
  const seen: string[] = [];
  const running = use({
    plan: `{"custom_tests": [
  {"name": "a", "args": "--max-vus 1", "enabled": true},
  {"name": "b", "args": "--max-vu 1", "enabled": true}]}`,
    take: ({ command }) => {
      seen.push(command);
      return EXIT_CODE.pass;
    },
  });
  await assert.rejects(running, {
    name: "UsageError",
    message: /plan\.json:3:25: test "b": unknown option '--max-vu' \(Did you mean --max-vus\?\)/,
  });
  const empty = use({ tests: [{ name: "a", args: `--registry-path ""` }] });
  await assert.rejects(empty, /plan\.json:1:\d+: test "a": --registry-path: is empty$/);
  assert.deepEqual(seen, []);
});

Deno.test("a test that fails or cannot run ends none of the others, and the worst one decides", async () => {
  const outcomes = [
    EXIT_CODE.inconclusive,
    EXIT_CODE.failed,
    new CannotRunError("no cluster"),
    EXIT_CODE.pass,
  ];
  const { code, read, stderr } = await use({
    tests: ["a", "b", "c", "d"].map((name) => ({ name, args: "" })),
    take: () => {
      const outcome = outcomes.shift()!;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  });
  assert.equal(code, EXIT_CODE.failed);
  assert.deepEqual(
    read(`${DIRECTORY}/summary.txt`).split("\n").map((line) => line.split(/ +/)[1]),
    ["Name", "INCONCLUSIVE", "FAILED", "COULD_NOT_RUN", "PASSED", undefined],
  );
  assert.match(stderr, /^c: no cluster$/m);
  assert.equal(read(`${DIRECTORY}/logs/c.log`), "c: no cluster\n");
});

Deno.test("a test of which only something is left has not cleaned up", async () => {
  const cleanup = {
    ...sampleReport().findings[0]!,
    ...{ subject: "cleanup", verdict: "fail", reason: "left undone: namespaces" } as const,
  };
  const { read } = await use({
    tests: [{ name: "a", args: "" }],
    take: ({ values }) => {
      const { out } = values as { out: string };
      Deno.mkdirSync(join(out, "logs"), { recursive: true });
      Deno.writeTextFileSync(
        join(out, "result.json"),
        renderJson({ ...sampleReport(), findings: [cleanup] }),
      );
      Deno.writeTextFileSync(join(out, "logs", "dw_failure_report.csv"), '"n","dw","Failed","m"\n');
      Deno.writeTextFileSync(join(out, "logs", "load_test.csv"), "Test Name,Target\nrun-1,here\n");
      return EXIT_CODE.failed;
    },
  });
  assert.match(read(`${DIRECTORY}/summary.txt`), /^a +CLEANUP_FAILED +0m$/m);
  assert.equal(read(`${DIRECTORY}/a_failure_report.csv`), '"n","dw","Failed","m"\n');
  assert.equal(read(`${DIRECTORY}/load_test.csv`), "Test Name,Target\na,here\n");
  const metrics = read(`${DIRECTORY}/a_metrics.txt`);
  for (
    const title of ["=== Test Metrics ===", "--- K6 Summary ---", "--- DevWorkspace Stats ---"]
  ) assert.ok(metrics.includes(`${title}\n`));
  assert.match(metrics, /--- Errors ---\ncleanup: fail: left undone: namespaces\n/);
  assert.match(metrics, /--- Failed DevWorkspaces ---\n"n","dw","Failed","m"\n/);
});

/** Runs until it is told to stop, as a run does. */
function untilStopped({ io }: Invocation): Promise<ExitCode> {
  return new Promise((resolve) => {
    io.onStopSignal((signal) =>
      resolve(signal === "SIGINT" ? EXIT_CODE.interrupted : EXIT_CODE.terminated)
    );
  });
}

/** The test a runs until it is told to stop, all others are done. */
function takeFirst(invocation: Invocation): ExitCode | Promise<ExitCode> {
  const { out } = invocation.values as { out: string };
  return out.endsWith("/a") ? untilStopped(invocation) : EXIT_CODE.pass;
}

Deno.test("a test that takes too long is stopped, which is a failure, and the next one runs", async () => {
  const { code, read, seen } = await use({
    tests: [{ name: "a", args: "" }, { name: "b", args: "" }],
    env: { TEST_TIMEOUT: "120" },
    take: (invocation) => takeFirst(invocation),
    during: (clock) => clock.advance(119_000).then(() => clock.advance(2_000)),
  });
  assert.equal(code, EXIT_CODE.failed);
  assert.equal(seen.length, 2);
  assert.match(read(`${DIRECTORY}/summary.txt`), /^a +TIMEOUT +2m\nb +PASSED +0m$/m);
});

Deno.test("a signal ends the test under way and the suite, with the summary so far", async () => {
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const { code, read, seen, listeners } = await use({
      tests: ["z", "a", "b"].map((name) => ({ name, args: "" })),
      take: takeFirst,
      during: async (clock, send) => {
        await clock.advance(60_000);
        send(signal);
      },
    });
    assert.equal(code, exitCode);
    assert.equal(seen.length, 2);
    assert.match(
      read(`${DIRECTORY}/summary.txt`),
      /^z +PASSED +0m\na +INTERRUPTED +1m\nb +NOT_RUN +0m$/m,
    );
    assert.equal(listeners.size, 0);
  }
});

/** Waits for a server that never answers, as a run does before there is anything to stop. */
function neverConnected(): Promise<ExitCode> {
  return new Promise(() => {});
}

Deno.test("a signal while a test waits for the cluster ends the test and the suite", async () => {
  const { code, read, seen } = await use({
    tests: ["a", "b"].map((name) => ({ name, args: "" })),
    take: neverConnected,
    during: async (clock, send) => {
      await clock.advance(60_000);
      send("SIGTERM");
    },
  });
  assert.equal(code, 143);
  assert.equal(seen.length, 1);
  assert.match(read(`${DIRECTORY}/summary.txt`), /^a +INTERRUPTED +1m\nb +NOT_RUN +0m$/m);
});

Deno.test("a test that waits for the cluster for too long is given up, and begins nothing later", async () => {
  const connected = Promise.withResolvers<void>();
  const late = Promise.withResolvers<ExitCode>();
  const { code, read } = await use({
    tests: [{ name: "a", args: "" }, { name: "b", args: "" }],
    env: { TEST_TIMEOUT: "120" },
    take: async (invocation) => {
      if ((invocation.values as { out: string }).out.endsWith("/b")) {
        connected.resolve();
        await late.promise;
        return EXIT_CODE.pass;
      }
      await connected.promise;
      const exitCode = await untilStopped(invocation);
      late.resolve(exitCode);
      return exitCode;
    },
    during: (clock) => clock.advance(119_000).then(() => clock.advance(2_000)),
  });
  assert.equal(code, EXIT_CODE.failed);
  assert.match(read(`${DIRECTORY}/summary.txt`), /^a +TIMEOUT +2m\nb +PASSED +0m$/m);
  assert.equal(await late.promise, EXIT_CODE.terminated);
});

Deno.test("after a second signal nobody listens, so that the third ends the process", async () => {
  const heard: StopSignal[] = [];
  await use({
    tests: [{ name: "a", args: "" }],
    take: ({ io }) =>
      new Promise((resolve) => {
        io.onStopSignal((signal) => {
          if (heard.push(signal) === 2) resolve(EXIT_CODE.interrupted);
        });
      }),
    during: async (clock, send) => {
      await clock.advance(1);
      for (let count = 0; count < 3; count++) send("SIGINT");
    },
  });
  assert.deepEqual(heard, ["SIGINT", "SIGINT"]);
});

Deno.test("the operator is restarted before each test only if that is asked for", async () => {
  const done: string[] = [];
  const restarting = {
    tests: [{ name: "a", args: "" }, { name: "b", args: "" }],
    restart: () => Promise.resolve(void done.push("restart")),
    take: () => {
      done.push("test");
      return EXIT_CODE.pass;
    },
  };
  await use(restarting);
  await use({ ...restarting, args: ["--restart-operator"] });
  await use({ ...restarting, env: { RESTART_OPERATOR: "false" } });
  const asked = ["restart", "test", "restart", "test"];
  assert.deepEqual(done, ["test", "test", ...asked, "test", "test"]);
});

Deno.test("a test before which the operator cannot be restarted does not run", async () => {
  const { code, seen, read } = await use({
    tests: [{ name: "a", args: "" }],
    args: ["--restart-operator"],
    restart: () => Promise.reject(new CannotRunError("no operator")),
  });
  assert.equal(code, EXIT_CODE.couldNotRun);
  assert.equal(seen.length, 0);
  assert.match(read(`${DIRECTORY}/logs/a.log`), /^a: no operator$/m);
});

Deno.test("a signal ends a restart", async () => {
  const { code, read } = await use({
    tests: [{ name: "a", args: "" }],
    args: ["--restart-operator"],
    restart: async (...given: unknown[]) => {
      const [, { signal }] = given as [unknown, { signal: AbortSignal }];
      await new Promise<void>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
    during: async (clock, send) => {
      await clock.advance(1);
      send("SIGINT");
    },
  });
  assert.equal(code, EXIT_CODE.interrupted);
  assert.match(read(`${DIRECTORY}/summary.txt`), /^a +INTERRUPTED/m);
});

Deno.test("variables of the scripts that mean nothing here are told of", async () => {
  const { stderr } = await use({ tests: [{ name: "a", args: "" }], env: { SKIP_CLEANUP: "true" } });
  assert.match(stderr, /^WARNING: SKIP_CLEANUP has no effect: /m);
});

Deno.test("--dry-run shows each test and makes nothing", async () => {
  const { files, stdout, seen } = await use({
    tests: [{ name: "a", args: "" }, { name: "b", args: "" }],
    args: ["--dry-run"],
  });
  assert.deepEqual(seen.map(({ values }) => values["dry-run" as never]), [true, true]);
  assert.equal(stdout, "test a\n\ntest b\n");
  assert.equal(files.size, 0);
});
