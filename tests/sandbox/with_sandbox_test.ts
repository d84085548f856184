import assert from "node:assert/strict";
import { dirname } from "node:path";
import { run } from "../../program.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { flag, integer, text, toggle, type Values } from "../../core/command/flags.ts";
import type { LoopLog } from "../../core/measure/loop_log.ts";
import type { Manifest } from "../../core/run_log/manifest.ts";
import { type GivenTexts, resolveSettings } from "../../core/command/settings.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import { type ClusterNeeds, defineKubernetesCommand } from "../../kube/kubernetes_command.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { withSandbox } from "../../sandbox/mod.ts";
import { ask } from "./ask_by_kubeconfig.ts";
import { ThreadedIo } from "./sandbox_worker.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  "override-server": flag(text("url"), { help: "another server" }),
  "dry-run": flag(toggle, { help: "nothing", default: false }),
  seed: flag(integer(), { help: "seed", default: 0 }),
};

const ASKS: ClusterNeeds = {
  rights: [{ verb: "watch", kind: CONFIG_MAPS }],
  namespaces: ["watched"],
  createsNamespaces: false,
  requestsPerSec: null,
  connections: 1,
  watches: 1,
};
const MAKES: ClusterNeeds = { ...ASKS, objects: [{ kind: CONFIG_MAPS, mostAtOnce: 1 }] };

/** One use of a command that does what the test wants, with the flags that are given. */
class Use {
  readonly io = new ThreadedIo();
  values: Values<typeof FLAGS> | undefined;
  standIns: readonly LoopLog[] | undefined;
  shown: Manifest["flags"] = {};
  readonly #does: (values: Values<typeof FLAGS>) => Promise<unknown>;
  readonly #needs: ClusterNeeds;

  constructor(
    does: (values: Values<typeof FLAGS>) => Promise<unknown> = () => Promise.resolve(),
    { needs = MAKES }: { needs?: ClusterNeeds } = {},
  ) {
    this.#does = does;
    this.#needs = needs;
  }

  async run(flags: GivenTexts, { env = {} }: { env?: Record<string, string> } = {}) {
    const command = withSandbox(
      defineKubernetesCommand({
        name: "load",
        summary: "",
        description: "",
        flags: FLAGS,
        examples: [],
        needs: () => Promise.resolve(this.#needs),
        run: async ({ values, standIns, shown }) => {
          this.values = values;
          this.standIns = standIns;
          this.shown = shown;
          await this.#does(values);
          return EXIT_CODE.failed;
        },
      }),
      "load",
    );
    const settings = resolveSettings(command.flags, {
      command: "load",
      flags,
      env: (name) => env[name],
    });
    return await command.run({ command: "load", ...settings, positionals: [], io: this.io.io });
  }
}

const ON = { sandbox: ["true"] };

/** What `doctor` makes of it, for which the command itself is not run. */
async function examined(args: readonly string[]) {
  const threaded = new ThreadedIo();
  const code = await run(["doctor", "cmdriver", ...args, "-o", "json"], {
    ...threaded.io,
    readTextFile: () => "",
  });
  const { server, user, findings } = JSON.parse(threaded.stdout);
  return { code, server, user, findings, stderr: threaded.stderr, threads: threaded.threads };
}

Deno.test("doctor looks at the sandbox that the run would have, and it is gone afterwards", async () => {
  const { code, server, user, stderr, threads } = await examined(["--sandbox", "--dry-run"]);
  assert.deepEqual([code, user, threads], [0, "sandbox", 1]);
  assert.match(server, /^https:\/\/127\.0\.0\.1:\d+\/sandbox$/);
  assert.match(stderr, /this is no cluster\n$/);
  const { hostname, port } = new URL(server);
  await assert.rejects(
    Deno.connect({ hostname, port: Number(port) }),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("doctor meets the faults of the sandbox too", async () => {
  const fault = "--sandbox-fault=expired-token,on=preparation";
  const { code, findings, stderr } = await examined(["--sandbox", fault]);
  assert.equal(code, 1);
  assert.match(JSON.stringify(findings), /Unauthorized/);
  assert.match(stderr, /sandbox fault expired-token,on=preparation hit 1 of 1 requests/);
});

Deno.test("what the sandbox brings is shown as chosen by it, and without secrets of its own", async () => {
  const use = new Use(undefined, { needs: ASKS });
  await use.run({ ...ON, conns: ["2"] });
  const { kubeconfig, seed, conns } = use.shown;
  assert.deepEqual([kubeconfig?.source, seed?.source, conns?.source], [
    "sandbox",
    "sandbox",
    "flag",
  ]);
  assert.deepEqual(use.shown["sandbox-traffic"], { value: "20", source: "sandbox" });
  await use.run({ ...ON, "sandbox-traffic": ["0"] });
  assert.deepEqual(use.shown["sandbox-traffic"], { value: "0", source: "flag" });
});

Deno.test("the command gets a kubeconfig to a sandbox that is gone with it", async () => {
  let kubeconfig = "";
  const use = new Use(async (values) => {
    kubeconfig = values.kubeconfig!;
    assert.equal(Deno.statSync(kubeconfig).mode! & 0o777, 0o600);
    assert.equal(Deno.statSync(dirname(kubeconfig)).mode! & 0o777, 0o700);
    const { status, body } = await ask(kubeconfig, "/version");
    assert.equal(status, 200);
    assert.match((body as { gitVersion: string }).gitVersion, /sandbox/);
  });
  assert.equal(await use.run(ON), EXIT_CODE.failed);
  assert.throws(() => Deno.statSync(dirname(kubeconfig)), Deno.errors.NotFound);
  assert.match(
    use.io.stderr,
    /^sandbox at https:\/\/127\.0\.0\.1:\d+\/sandbox: this is no cluster\n$/,
  );
});

Deno.test("it is gone also when the command throws", async () => {
  let kubeconfig = "";
  const use = new Use((values) => {
    kubeconfig = values.kubeconfig!;
    return Promise.reject(new Error("broken"));
  });
  await assert.rejects(use.run(ON), { message: "broken" });
  assert.throws(() => Deno.statSync(dirname(kubeconfig)), Deno.errors.NotFound);
});

Deno.test("the command gets the seed of the faults, or the one that was given", async () => {
  const drawn = new Use();
  await drawn.run(ON);
  assert.ok(drawn.values!.seed > 0);
  const given = new Use();
  await given.run({ ...ON, seed: ["42"] });
  assert.equal(given.values!.seed, 42);
});

Deno.test("what faults hit is said at the end, also that it was nothing", async () => {
  const use = new Use(async ({ kubeconfig }) => {
    assert.equal((await ask(kubeconfig!, "/version")).status, 401);
  });
  await use.run({ ...ON, "sandbox-fault": ["expired-token,on=preparation", "stalled-watch"] });
  const [, ...lines] = use.io.stderr.trim().split("\n");
  assert.deepEqual(lines, [
    "sandbox fault expired-token,on=preparation hit 1 of 1 requests",
    "sandbox fault stalled-watch hit 0 of 0 requests: none of that kind came",
  ]);
});

/** Whether there are ConfigMaps in the namespace after a while. */
async function hasTraffic(use: { kubeconfig?: string | undefined }): Promise<boolean> {
  for (let look = 0; look < 20; look++) {
    const { body } = await ask(use.kubeconfig!, "/api/v1/namespaces/watched/configmaps");
    const { items } = body as { items: { metadata: { name: string } }[] };
    if (items.some(({ metadata }) => metadata.name.startsWith("sandbox-traffic-"))) return true;
  }
  return false;
}

Deno.test("who only watches gets something to see, and who makes objects does not", async () => {
  const found: boolean[] = [];
  const look = async (values: { kubeconfig?: string | undefined }) => {
    found.push(await hasTraffic(values));
  };
  await new Use(look, { needs: ASKS }).run(ON);
  await new Use(look, { needs: MAKES }).run(ON);
  await new Use(look, { needs: ASKS }).run({ ...ON, "sandbox-traffic": ["0"] });
  await new Use(look, { needs: MAKES }).run({ ...ON, "sandbox-traffic": ["50"] });
  assert.deepEqual(found, [true, false, false, true]);
});

const CONTRADICTIONS: readonly [string, string][] = [
  ["kubeconfig", "k"],
  ["context", "c"],
  ["cluster", "c"],
  ["user", "u"],
  ["server", "https://x"],
  ["token", "t"],
  ["insecure-skip-tls-verify", "true"],
  ["tls-server-name", "n"],
  ["certificate-authority", "f"],
  ["proxy-url", "http://p"],
  ["override-server", "x:1"],
];

for (const [name, value] of CONTRADICTIONS) {
  Deno.test(`--${name} contradicts --sandbox, also with --dry-run`, async () => {
    for (const dryRun of ["true", "false"]) {
      const use = new Use();
      await assert.rejects(use.run({ ...ON, [name]: [value], "dry-run": [dryRun] }), {
        name: "UsageError",
        message: `--sandbox is a cluster of its own: leave out --${name}, or --sandbox`,
      });
      assert.deepEqual([use.values, use.io.threads], [undefined, 0]);
    }
  });
}

Deno.test("a contradiction in a variable says so", async () => {
  await assert.rejects(new Use().run(ON, { env: { SCALETOOL_LOAD_SERVER: "https://x" } }), {
    message:
      "--sandbox is a cluster of its own: leave out --server (set by a variable), or --sandbox",
  });
});

Deno.test("how to reach a cluster is no contradiction", async () => {
  const use = new Use();
  await use.run({
    ...ON,
    as: ["jane"],
    "as-group": ["dev"],
    "request-timeout": ["1s"],
    conns: ["2"],
    http1: ["true"],
  });
  assert.equal(use.values?.as, "jane");
});

Deno.test("a dry run starts nothing, and reads the faults all the same", async () => {
  const use = new Use();
  await use.run({ ...ON, "dry-run": ["true"], "sandbox-fault": ["429"] });
  assert.deepEqual([use.values?.kubeconfig, use.io.threads], [undefined, 0]);
  await assert.rejects(use.run({ ...ON, "dry-run": ["true"], "sandbox-fault": ["430"] }), {
    name: "UsageError",
    message: /^--sandbox-fault must be one of .* not "430"/,
  });
});

Deno.test("without --sandbox the command is as it was, and faults have nothing to break", async () => {
  const use = new Use();
  await use.run({ kubeconfig: ["k"] });
  assert.deepEqual([use.values?.kubeconfig, use.io.threads], ["k", 0]);
  for (const [name, value] of [["sandbox-fault", "429"], ["sandbox-traffic", "1"]] as const) {
    await assert.rejects(use.run({ [name]: [value] }), {
      name: "UsageError",
      message: `--${name} changes a sandbox: it needs --sandbox`,
    });
  }
});

Deno.test("the command can see at any moment how late the sandbox's thread is", async () => {
  const use = new Use();
  await use.run(ON);
  const [loop, ...others] = use.standIns ?? [];
  assert.equal(others.length, 0);
  assert.ok(loop?.buffer instanceof SharedArrayBuffer);
  // Written by the thread as soon as it looks at its loop.
  assert.notEqual(loop.wallOffsetMs, 0);
});
