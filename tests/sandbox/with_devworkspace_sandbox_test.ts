import assert from "node:assert/strict";
import { flag, integer, text, toggle, type Values } from "../../core/command/flags.ts";
import type { GivenTexts } from "../../core/command/settings.ts";
import { EXIT_CODE_OF_SIGNAL } from "../../core/exit_code.ts";
import type { Report } from "../../core/report/report.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { OPERATOR_CONFIGS } from "../../kube/devworkspace/kinds.ts";
import { resourcePath, SECRETS } from "../../kube/resource.ts";
import { run } from "../../program.ts";
import { withDevWorkspaceSandbox } from "../../sandbox/mod.ts";
import { recordingIo } from "../support/recording_io.ts";
import { TempDir } from "../support/scaletool.ts";
import { ask } from "./ask_by_kubeconfig.ts";
import { ThreadedIo } from "./sandbox_worker.ts";
import { useOnSandbox } from "./use_on_sandbox.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  "dry-run": flag(toggle, { help: "nothing", default: false }),
  seed: flag(integer(), { help: "seed", default: 0 }),
  "dwo-namespace": flag(text("name"), { help: "where the operator is" }),
  "registry-path": flag(text("path"), { help: "where backups go" }),
  "registry-secret": flag(text("name"), { help: "how they get in", default: "quay" }),
  "backup-schedule": flag(text("cron"), { help: "when", default: "*/1 * * * *" }),
};
type GivenValues = Values<typeof FLAGS>;

const ON = { sandbox: ["true"] };

/** @param does what the command does with its values */
function use(
  given: GivenTexts,
  does: (values: GivenValues) => Promise<unknown> = () => Promise.resolve(),
) {
  return useOnSandbox(withDevWorkspaceSandbox, { flags: FLAGS, given, does });
}

Deno.test("the command is told of an operator and a registry, and finds them on the cluster", async () => {
  const { values, shown, threads } = await use(ON, async (told) => {
    const namespace = told["dwo-namespace"]!;
    for (
      const [resource, name] of [
        [OPERATOR_CONFIGS, "devworkspace-operator-config"],
        [SECRETS, told["registry-secret"]],
      ] as const
    ) {
      const { status } = await ask(told.kubeconfig!, resourcePath(resource, { namespace, name }));
      assert.equal(status, 200, name);
    }
  });
  assert.equal(values["backup-schedule"], "@every 5s");
  assert.equal(values["registry-path"], "registry.sandbox.test/backups");
  assert.equal(shown["registry-path"]?.source, "sandbox");
  assert.equal(threads, 1);
});

Deno.test("the operator may get into whichever registry the command is told of", async () => {
  await use({ ...ON, "registry-path": ["quay.io/me"] }, async (told) => {
    const place = { namespace: told["dwo-namespace"]!, name: told["registry-secret"] };
    const { body } = await ask(told.kubeconfig!, resourcePath(SECRETS, place));
    const { data } = body as { readonly data: Readonly<Record<string, string>> };
    const { auths } = JSON.parse(atob(data[".dockerconfigjson"]!));
    assert.deepEqual(Object.keys(auths), ["quay.io"]);
  });
});

Deno.test("a simulation has no thread, and the command's own schedule", async () => {
  const { values, stderr, threads } = await use({ ...ON, simulate: ["true"] });
  assert.equal(values["backup-schedule"], "*/1 * * * *");
  assert.equal(threads, 0);
  assert.match(
    stderr,
    /^sandbox at https:\/\/simulation\.invalid\/sandbox: this is no cluster, and its time is simulated\n$/,
  );
});

Deno.test("what its user has said stays, and a dry run starts nothing", async () => {
  const own = await use({ ...ON, simulate: ["true"], "registry-path": ["quay.io/me"] });
  assert.equal(own.values["registry-path"], "quay.io/me");
  const dry = await use({ ...ON, simulate: ["true"], "dry-run": ["true"] });
  assert.deepEqual([dry.values.kubeconfig, dry.stderr], [undefined, ""]);
});

Deno.test("without a sandbox there is nothing to simulate, and no profile to choose", async () => {
  for (const [name, value] of [["simulate", "true"], ["sandbox-profile", "0.40.0"]] as const) {
    await assert.rejects(use({ [name]: [value] }), {
      name: "UsageError",
      message: `--${name} changes a sandbox: it needs --sandbox`,
    });
  }
});

Deno.test("what its faults hit is told at the end of a simulation too", async () => {
  const { stderr } = await use({
    ...ON,
    simulate: ["true"],
    "sandbox-fault": ["slow-sync", "429"],
  });
  for (const fault of ["slow-sync", "429"]) {
    assert.match(stderr, new RegExp(`sandbox fault ${fault} hit 0 of 0 `));
  }
});

/** The report of a simulated run without what names the run, its folder and this machine's day. */
async function reportOf(dir: TempDir, runId: string): Promise<Partial<Report>> {
  const { io, output } = recordingIo();
  const out = dir.file(runId);
  const args = ["--sandbox", "--simulate", "--seed", "7", "--max-devworkspaces", "20"];
  await run(["backup", "run", ...args, "--run-id", runId, "--out", out], io);
  assert.match(output.stderr, /its time is simulated/);
  const { manifest: { facts, startedAt }, ...report } = JSON.parse(
    Deno.readTextFileSync(`${out}/result.json`),
  ) as Report;
  assert.equal(facts["time"], "simulated, not measured");
  assert.equal(startedAt, "2026-01-01T00:00:00.000Z");
  return JSON.parse(JSON.stringify(report).replaceAll(runId, "RUN"));
}

Deno.test("a whole run is simulated, and the same seed gives the same report", async () => {
  await using dir = new TempDir();
  const first = await reportOf(dir, "simulated-1");
  assert.deepEqual(await reportOf(dir, "simulated-2"), first);
  assert.equal(first.warnings?.[0]?.code, "simulated");
  assert.equal(first.validity?.level, "valid");
  const created = first.summary?.operations.filter(({ op }) => op === "createWorkspace");
  assert.equal(created?.[0]?.ok, 20);
});

Deno.test("a signal ends a simulation in order and at once, and nothing is left", async () => {
  await using dir = new TempDir();
  const threaded = new ThreadedIo();
  const { io } = threaded;
  const out = dir.file("run");
  const exitCode = await run(
    ["backup", "run", "--sandbox", "--simulate", "--max-devworkspaces", "20", "--out", out],
    {
      ...io,
      stderr(line) {
        io.stderr(line);
        if (line.startsWith("load: ")) threaded.signal("SIGINT");
      },
    },
  );
  assert.equal(exitCode, EXIT_CODE_OF_SIGNAL.SIGINT);
  const report = JSON.parse(Deno.readTextFileSync(`${out}/result.json`)) as Report;
  assert.equal(report.end?.reason, "interrupted");
  assert.doesNotMatch(threaded.stderr, /not cleaned/);
});
