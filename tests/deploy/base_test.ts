import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { CLEANUP_TIMEOUT_MS } from "../../core/command/run_flags.ts";
import { parseDurationMs } from "../../core/units.ts";
import {
  allManifests,
  asInPod,
  filesThere,
  type Manifest,
  manifestsOf,
  resourceFiles,
  textOf,
  workloads,
} from "../real/manifest_files.ts";
import { scaletool } from "../support/scaletool.ts";

/** Operations in flight (5 s), and reports on a slow disk. */
const BESIDES_CLEANING_MS = 20_000;

async function printed(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await scaletool(args, { env });
  assert.equal(code, 0, stderr);
  return stdout;
}

Deno.test("the kustomization names every file that is there", () => {
  const named = [...resourceFiles(), "kustomization.yaml"].sort();
  assert.deepEqual(named, filesThere());
});

for (const file of resourceFiles().filter((name) => name.startsWith("rbac-"))) {
  Deno.test(`${file} is what the command in its first line prints`, async () => {
    const text = textOf(file);
    const [, line] = /^# scaletool (manifests rbac --for .*)\n/.exec(text) ?? [];
    assert.ok(line !== undefined, text);
    assert.equal(await printed(line.split(" ")), text);
  });
}

for (const [command, { pod }] of workloads()) {
  Deno.test(`the rights of ${command} are those that its pod's arguments take`, async () => {
    const { env, args } = asInPod(pod.spec.containers[0]!, {
      name: "pod",
      namespace: "scaletest",
    });
    const text = await printed(["manifests", "rbac", "--for", ...args], env);
    assert.deepEqual(manifestsOf(text), manifestsOf(textOf(`rbac-${command}.yaml`)));
    assert.equal(pod.spec.serviceAccountName, `scaletool-${command}`);
  });

  Deno.test(`${command} is scraped where it listens`, () => {
    const { args, ports } = pod.spec.containers[0]!;
    const port = command.includes("driver") ? 9376 : 9101;
    assert.ok(args.includes(`--metrics-addr=0.0.0.0:${port}`), args.join(" "));
    assert.deepEqual(ports, [{ name: "metrics", containerPort: port }]);
    const service = allManifests().find(({ kind, metadata }) =>
      kind === "Service" && metadata.name === command
    );
    assert.equal(service?.metadata.annotations?.["prometheus.io/port"], String(port));
    assert.deepEqual(service?.spec?.["selector"], pod.metadata.labels);
    assert.deepEqual(service?.spec?.["ports"], [{ name: "metrics", port, targetPort: "metrics" }]);
  });
}

Deno.test("there are manifests for every command that runs in a cluster", () => {
  const commands = [...workloads().keys()].sort();
  assert.deepEqual(commands, [
    ...["cm-logger", "cmdriver", "cmdriverclosed"],
    ...["flunder-driver", "flunder-logger", "flunder-watch"],
  ]);
});

Deno.test("a driver's pod has the time to clean up before it is killed, and is not begun again", () => {
  const jobs = allManifests().filter(({ kind }) => kind === "Job");
  assert.equal(jobs.length, 3);
  for (const { spec } of jobs) {
    const pod = spec!.template!.spec;
    const timeout = pod.containers[0]!.args.find((text) => text.startsWith("--cleanup-timeout="));
    const cleaningMs = timeout === undefined
      ? CLEANUP_TIMEOUT_MS
      : parseDurationMs(timeout.split("=")[1]!);
    assert.ok(pod.terminationGracePeriodSeconds * 1_000 >= cleaningMs + BESIDES_CLEANING_MS);
    assert.equal(pod["restartPolicy"], "Never");
    assert.equal(spec?.["backoffLimit"], 0);
    assert.equal(spec?.["suspend"], true, "applying the base puts no load on a cluster");
    assert.ok(Number(spec?.["activeDeadlineSeconds"]) > 0);
  }
});

Deno.test("no pod has the program as process 1, which the kernel spares early signals", () => {
  for (const [command, { pod }] of workloads()) {
    assert.equal(pod.spec["shareProcessNamespace"], true, command);
  }
});

Deno.test("cleanup --all can take none of it for what a run has left", () => {
  const labelled = allManifests().filter(({ metadata: { labels = {} } }: Manifest) =>
    labels["app.kubernetes.io/managed-by"] !== undefined ||
    Object.keys(labels).some((key) => key.startsWith("scaletool.io/"))
  );
  assert.deepEqual(labelled, []);
});

Deno.test("the images are of this version", () => {
  for (const [command, { pod }] of workloads()) {
    assert.equal(pod.spec.containers[0]!.image, `scaletool:${config.version}`, command);
  }
});

Deno.test("the image is the executable alone, run by nobody, without a shell", () => {
  const path = fileURLToPath(new URL("../../deploy/Containerfile", import.meta.url));
  const lines = Deno.readTextFileSync(path).split("\n").filter((line) => /^[A-Z]+ /.test(line));
  const of = (instruction: string) =>
    lines.filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));
  assert.match(of("ARG")[0]!, /distroless\/cc-debian12:nonroot$/);
  assert.ok(of("ARG").includes(`VERSION=${config.version}`));
  assert.deepEqual(of("FROM"), ["${BASE}"]);
  assert.deepEqual(of("RUN"), []);
  assert.deepEqual(of("COPY"), ["--chmod=0555 dist/scaletool /usr/local/bin/scaletool"]);
  assert.deepEqual(of("USER"), ["65532:65532"]);
  assert.deepEqual(JSON.parse(of("ENTRYPOINT")[0]!), ["/usr/local/bin/scaletool"]);
});
