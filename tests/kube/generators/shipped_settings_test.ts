import assert from "node:assert/strict";
import type { Invocation } from "../../../core/command/command.ts";
import { type Flags } from "../../../core/command/flags.ts";
import { resolveSettings } from "../../../core/command/settings.ts";
import { parsePlan } from "../../../core/command/settings_file.ts";
import { flagNames } from "../../../core/command/flags.ts";
import { shippedSettings } from "../../../kube/generators/shipped_settings.ts";
import { CMDRIVER_FLAGS } from "../../../drivers/flags.ts";
import { HTTPERF_FLAGS } from "../../../httperf/flags.ts";

const FILES: Readonly<Record<string, string>> = {
  "widget.yaml": "kind: Widget\n",
  "times.txt": "1\n2\n",
  "ca.pem": "CA",
};

function shipped(
  { command = "cmdriver", flags = CMDRIVER_FLAGS as Flags, typed }: {
    command?: string;
    flags?: Flags;
    typed: Record<string, string[]>;
  },
) {
  const settings = resolveSettings(flags, { command, flags: typed, env: () => undefined });
  const values = { ...settings.values, "run-id": "run-1", seed: 7 } as Invocation["values"];
  return shippedSettings({ command, values, shown: settings.shown }, {
    flags,
    folder: "/etc/scaletool",
    readTextFile: (path) => {
      const text = FILES[path.split("/").at(-1)!];
      if (text === undefined) throw new Deno.errors.NotFound("not there");
      return text;
    },
  });
}

function planIn(files: Readonly<Record<string, string>>, command: string, flags: Flags) {
  const source = { text: files["plan.yaml"]!, path: "plan.yaml" };
  return parsePlan(source, { command, vocabulary: { [command]: flagNames(flags) } });
}

Deno.test("a pod gets what was given of the load, and the run's id and seed", () => {
  const { files } = shipped({ typed: { lambda: ["5"], namespace: ["a", "b"], quiet: ["true"] } });
  assert.deepEqual(planIn(files, "cmdriver", CMDRIVER_FLAGS), {
    lambda: ["5"],
    namespace: ["a", "b"],
    datafile: ["/dev/null"],
    seed: ["7"],
    "run-id": ["run-1"],
  });
});

Deno.test("no way to a cluster is shipped, but what is a matter of the load is", () => {
  const { files } = shipped({
    typed: {
      kubeconfig: ["/home/me/config"],
      context: ["prod"],
      token: ["secret"],
      as: ["me"],
      conns: ["4"],
      http1: ["true"],
    },
  });
  const plan = planIn(files, "cmdriver", CMDRIVER_FLAGS);
  assert.deepEqual(Object.keys(plan).sort(), ["conns", "datafile", "http1", "run-id", "seed"]);
  assert.doesNotMatch(JSON.stringify(files), /secret|prod/);
});

Deno.test("files that flags name go with them, under paths of the pod", () => {
  const { files, shown } = shipped({
    typed: { kind: ["dir/widget.yaml"], rate: ["replay:times.txt"] },
  });
  const plan = planIn(files, "cmdriver", CMDRIVER_FLAGS);
  assert.deepEqual(plan["kind"], ["/etc/scaletool/kind-widget.yaml"]);
  assert.deepEqual(plan["rate"], ["replay:/etc/scaletool/rate-times.txt"]);
  assert.equal(files["kind-widget.yaml"], "kind: Widget\n");
  assert.equal(files["rate-times.txt"], "1\n2\n");
  assert.equal(shown["kind-widget.yaml"], "(13 characters of dir/widget.yaml)");
});

Deno.test("a file that cannot be read is told of by its flag", () => {
  assert.throws(() => shipped({ typed: { kind: ["nowhere.yaml"] } }), {
    name: "UsageError",
    message: '--kind: cannot read "nowhere.yaml": not there',
  });
});

Deno.test("a file that would stay in the pod is refused", () => {
  assert.throws(() => shipped({ typed: { datafile: ["mine.csv"] } }), {
    name: "UsageError",
    message: "--datafile: nobody could fetch a file out of a pod; leave it out",
  });
  assert.throws(
    () => shipped({ command: "httperf", flags: HTTPERF_FLAGS, typed: { keylog: ["keys.log"] } }),
    { name: "UsageError", message: /^--keylog: / },
  );
});

Deno.test("what is shown has no secret in it", () => {
  const flags = {
    ...HTTPERF_FLAGS,
    password: { ...HTTPERF_FLAGS.ca, readsFileAfter: undefined, isSecret: true },
  } as unknown as Flags;
  const { files, shown } = shipped({
    command: "httperf",
    flags,
    typed: { ca: ["ca.pem"], password: ["hunter2"] },
  });
  assert.match(files["plan.yaml"]!, /hunter2/);
  assert.doesNotMatch(JSON.stringify(shown), /hunter2/);
});
