import assert from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import type { Io } from "../../../core/command/command.ts";
import { parseCommandLine } from "../../../core/command/command_line.ts";
import { flag, integer, listOf, text } from "../../../core/command/flags.ts";
import { defineKubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { manifestsCommand } from "../../../kube/manifests/mod.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";

const driver = defineKubernetesCommand({
  name: "some-driver",
  summary: "s",
  description: "d",
  examples: [],
  flags: {
    namespace: flag(listOf(text("name")), { help: "h", default: ["scaletest"], short: "n" }),
    lambda: flag(integer(), { help: "h", default: 1 }),
    token: flag(text(), { help: "h", isSecret: true }),
  },
  run: () => assert.fail("nothing is run"),
  needs: ({ values: { namespace: namespaces } }) =>
    Promise.resolve({
      rights: namespaces.map((namespace) => ({ verb: "list", kind: CONFIG_MAPS, namespace })),
      namespaces,
      createsNamespaces: false,
      requestsPerSec: null,
      connections: 1,
      watches: 0,
    }),
});

/** What the command line prints. */
async function printed(line: string, env: Record<string, string> = {}): Promise<string> {
  const io = {
    stdout: (text: string) => output.push(text),
    env: (name: string) => env[name],
  } as unknown as Io;
  const output: string[] = [];
  const request = await parseCommandLine([manifestsCommand([driver])], {
    args: line.split(" "),
    env: io.env,
    readTextFile: () => assert.fail("nothing is read"),
  });
  if (request.kind === "help") return request.text;
  const { command, fullName, settings: { values, shown }, positionals } = request;
  assert.equal(await command.run({ command: fullName, values, shown, positionals, io }), 0);
  return output.join("");
}

const HEAD =
  "# scaletool manifests rbac --for some-driver --namespace=a --namespace=b --lambda=5\n";
const SPELLINGS = [
  "manifests rbac --for some-driver --namespace a --namespace b --lambda 5",
  "manifests rbac --for=some-driver -n a -n b --lambda=5",
  "manifests rbac --namespace a --namespace b --lambda 5 --for some-driver",
  "manifests rbac -for some-driver -namespace a -namespace=b -lambda=5",
  "manifests rbac some-driver --namespace a --namespace b --lambda 5",
];

for (const line of SPELLINGS) {
  Deno.test(`"${line}" prints the rights that these flags take`, async () => {
    const text = await printed(line);
    assert.ok(text.startsWith(HEAD), text.slice(0, 200));
    assert.deepEqual(text.match(/^kind: .*$/gm), [
      "kind: ServiceAccount",
      "kind: Role",
      "kind: RoleBinding",
      "kind: Role",
      "kind: RoleBinding",
    ]);
  });
}

Deno.test("variables of the command count, and secrets are not repeated", async () => {
  const text = await printed("manifests rbac --for some-driver --token secret", {
    SCALETOOL_SOME_DRIVER_NAMESPACE: "perf",
  });
  assert.ok(text.startsWith("# scaletool manifests rbac --for some-driver --namespace=perf\n"));
  assert.doesNotMatch(text, /secret/);
});

Deno.test("--account says who gets the rights", async () => {
  const text = await printed("manifests rbac --for some-driver --account tools/loader");
  assert.match(text, /kind: ServiceAccount\nmetadata:\n {2}namespace: tools\n {2}name: loader\n/);
  assert.match(
    text,
    /subjects:\n {2}- kind: ServiceAccount\n {4}namespace: tools\n {4}name: loader/,
  );
});

const WRONG = [
  ["manifests rbac --for nope", /^manifests rbac: --for must be one of some-driver, not "nope"$/],
  ["manifests rbac --namespace a", /^manifests rbac: --for must be one of some-driver$/],
  ["manifests rbac --for", /--for must be one of some-driver$/],
  ["manifests rbac --for some-driver --lambda x", /^--lambda must be a whole number, not "x"$/],
  ["manifests rbac --for some-driver --lambd 5", /lambd/],
  ["manifests rbac --for some-driver --account x", /^--account must be NAMESPACE\/NAME, not "x"$/],
  ["manifests rbca", /^manifests: no command "rbca" \(did you mean "rbac"\?\); see /],
] as const;

for (const [line, says] of WRONG) {
  Deno.test(`"${line}" is a usage error`, async () => {
    await assert.rejects(printed(line), (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, says);
      return true;
    });
  });
}
