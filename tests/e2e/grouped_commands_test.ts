/** A command in a group, used as the program is: its name in full wherever something keeps it. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { run } from "../../program.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { ThreadedIo } from "../sandbox/sandbox_worker.ts";
import { GROUPED_COMMANDS } from "../support/grouped_commands.ts";
import { TempDir } from "../support/scaletool.ts";

const NAME = "gateway attached-routes";

async function used(args: readonly string[]) {
  const threaded = new ThreadedIo();
  const code = await run(args, threaded.io, GROUPED_COMMANDS);
  return { code, stdout: threaded.stdout, stderr: threaded.stderr };
}

function ofRun(dir: TempDir): string[] {
  const files = ["--datafile", dir.file("a.csv"), "--out", dir.file("run")];
  return ["gateway", "attached-routes", "--n", "3", "--lambda", "100", ...files, "-o", "json"];
}

Deno.test("a command in a group runs on a sandbox, and its report has its full name", async () => {
  await using dir = new TempDir();
  const { code, stdout, stderr } = await used([...ofRun(dir), "--sandbox"]);
  assert.equal(code, EXIT_CODE.pass, stderr);
  assert.equal(JSON.parse(stdout).manifest.command, NAME);
});

Deno.test("cleaning up tells the full name of the command that left something", async () => {
  await using dir = new TempDir();
  const sandbox = await startSandbox({
    hostname: "127.0.0.1",
    port: 0,
    faults: [],
    namespaces: [],
    seed: 1,
    spawnWorker: () => new ThreadedIo().io.spawnWorker(),
    say: () => {},
  });
  try {
    const kubeconfig = dir.file("kubeconfig");
    Deno.writeTextFileSync(kubeconfig, sandbox.kubeconfig);
    const on = ["--kubeconfig", kubeconfig, "--run-id", "r1"];
    const { code, stderr } = await used([
      ...[...ofRun(dir), ...on],
      ...["--keep", "always", "--duration", "300ms"],
    ]);
    assert.equal(code, EXIT_CODE.pass, stderr);
    const listed = await used(["cleanup", ...on, "--dry-run", "-o", "json"]);
    assert.match(listed.stdout, new RegExp(`"command": ?"${NAME}"`));
    const looked = await used(["doctor", "gateway", "attached-routes", ...on, "-o", "json"]);
    assert.equal(JSON.parse(looked.stdout).command, NAME);
    assert.match(looked.stdout, /configmaps of run \\"r1\\"/);
  } finally {
    await sandbox.stop();
  }
});

Deno.test("doctor looks at a command in a group, on a sandbox too", async () => {
  await using dir = new TempDir();
  const args = ["attached-routes", "--sandbox", "--out", dir.file("run"), "-o", "json"];
  const { code, stdout, stderr } = await used(["doctor", "gateway", ...args]);
  assert.equal(code, EXIT_CODE.pass, stderr);
  assert.equal(JSON.parse(stdout).command, NAME);
});

for (const words of [["--for", "gateway", "attached-routes"], ["--for", NAME], [`--for=${NAME}`]]) {
  Deno.test(`manifests rbac ${JSON.stringify(words)} names nothing with a blank`, async () => {
    const { code, stdout, stderr } = await used([
      "manifests",
      "rbac",
      ...words,
      "--namespace",
      "a",
    ]);
    assert.equal(code, EXIT_CODE.pass, stderr);
    const [head, ...rest] = stdout.split("\n");
    assert.equal(head, `# scaletool manifests rbac --for ${NAME} --namespace=a`);
    const [account] = rest.join("\n").split("---\n").map((text) => parse(text));
    assert.deepEqual(account.metadata, {
      namespace: "a",
      name: "scaletool-gateway-attached-routes",
      labels: {
        "app.kubernetes.io/name": "scaletool",
        "app.kubernetes.io/component": "gateway-attached-routes",
      },
    });
  });
}

const REFUSED: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [
    ["gateway"],
    /^scaletool: gateway: missing argument; usage: scaletool gateway COMMAND \[flags\]\n$/,
  ],
  [
    ["gateway", "atached-routes", "--n", "3"],
    /^scaletool: gateway: no command "atached-routes" \(did you mean "attached-routes"\?\); see scaletool gateway --help\n$/,
  ],
  [
    ["help", "gateway", "nope"],
    /^scaletool: gateway: no command "nope"; see scaletool gateway --help\n$/,
  ],
  [["attached-routes"], /^scaletool: unknown command 'attached-routes'/],
  [
    ["doctor", "gateway", "nope"],
    /^scaletool: doctor gateway: no command "nope"; see scaletool doctor gateway --help\n$/,
  ],
  [
    ["manifests", "rbac", "--for", "nope"],
    /--for must be one of writer, gateway attached-routes, gateway route-change, not "nope"\n$/,
  ],
  [
    ["manifests", "rbac", "--for", "gateway", "nope"],
    /^scaletool: manifests rbac gateway: no command "nope"; see /,
  ],
  [
    ["gateway", "attached-routes", "--lamda", "3"],
    /^scaletool: unknown option '--lamda' .*; see scaletool gateway attached-routes --help\n$/,
  ],
];

for (const [args, says] of REFUSED) {
  Deno.test(`"${args.join(" ")}" is refused in one line`, async () => {
    const { code, stderr } = await used(args);
    assert.equal(code, EXIT_CODE.usage);
    assert.match(stderr, says);
  });
}
