/**
 * A command for the doctor and how a test uses it: through the command line, as the program does.
 * @module
 */

import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../core/exit_code.ts";
import type { Command, Io } from "../../../core/command/command.ts";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { choice, flag, integer, listOf, text, toggle } from "../../../core/command/flags.ts";
import { CLUSTER_FLAGS } from "../../../kube/cluster_flags.ts";
import { doctorCommand } from "../../../kube/doctor/mod.ts";
import {
  type ClusterNeeds,
  defineKubernetesCommand,
  type KubernetesCommand,
} from "../../../kube/kubernetes_command.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";

/** Makes `--n` ConfigMaps. */
export const MAKER = defineKubernetesCommand({
  name: "maker",
  summary: "make ConfigMaps",
  description: "Makes ConfigMaps.",
  flags: {
    n: flag(integer({ min: 1 }), { help: "how many", default: 10 }),
    namespace: flag(listOf(text("name")), { help: "where", default: ["default"] }),
    "create-namespace": flag(toggle, { help: "make it", default: true }),
    "run-id": flag(text("id"), { help: "name of the run" }),
    out: flag(text("dir"), { help: "run directory" }),
    output: flag(choice(["text", "json", "csv"]), { help: "format", short: "o", default: "text" }),
    plan: flag(text("file"), { help: "YAML file that sets flags" }),
    ...CLUSTER_FLAGS,
  },
  examples: [],
  run: () => Promise.resolve(EXIT_CODE.pass),
  needs: ({ values }): Promise<ClusterNeeds> =>
    Promise.resolve({
      rights: values.namespace.flatMap((namespace) =>
        ["create", "delete", "list"].map((verb) => ({ verb, kind: CONFIG_MAPS, namespace }))
      ),
      namespaces: values.namespace,
      createsNamespaces: values["create-namespace"],
      objects: [{ kind: CONFIG_MAPS, mostAtOnce: values.n }],
      requestsPerSec: null,
      connections: values.conns,
      watches: 0,
    }),
});

/** A finding in the JSON form. */
export interface Told {
  readonly id: string;
  readonly subject: string | null;
  readonly status: string;
  readonly what: string;
  readonly why: string | null;
  readonly fix: string | null;
}

export interface Diagnosed {
  readonly code: number;
  readonly stdout: string;
  readonly json: {
    readonly schemaVersion: number;
    readonly command: string;
    readonly server: string | null;
    readonly user: string | null;
    readonly verdict: string;
    readonly exitCode: number;
    readonly counts: Record<string, number>;
    readonly findings: readonly Told[];
  };
}

/** What `scaletool doctor ARGS -o json` prints. */
export async function diagnosed(
  args: readonly string[],
  { commands = [MAKER], env = {}, files = {} }: {
    commands?: readonly KubernetesCommand[];
    env?: Readonly<Record<string, string>>;
    files?: Readonly<Record<string, string>>;
  } = {},
): Promise<Diagnosed> {
  const { code, stdout } = await used(["doctor", ...args, "-o", "json"], { commands, env, files });
  return { code, stdout, json: JSON.parse(stdout) };
}

/** Uses the program's command line with the doctor and the commands that it knows. */
export async function used(
  args: readonly string[],
  { commands = [MAKER], env = {}, files = {} }: Parameters<typeof diagnosed>[1] = {},
): Promise<{ code: number; stdout: string }> {
  const all: Command[] = [...commands, doctorCommand(commands)];
  const request = await parseCommandLine(all, {
    args,
    env: (name) => env[name],
    readTextFile: (path) => files[path] ?? assert.fail(`no file ${path}`),
  });
  assert.ok(request.kind === "run");
  const { command, fullName, settings: { values, shown }, positionals } = request;
  let stdout = "";
  const io = { stdout: (text: string) => stdout += text, color: false } as unknown as Io;
  const code = await command.run({ command: fullName, values, shown, positionals, io });
  return { code, stdout };
}

/** The findings of a check. */
export function findingsOf({ json }: Diagnosed, id: string): readonly Told[] {
  return json.findings.filter((finding) => finding.id === id);
}
