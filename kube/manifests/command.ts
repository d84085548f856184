/**
 * `scaletool manifests rbac` as the command line knows it: the rights that a command takes, as
 * manifests. Contacts nothing.
 * @module
 */

import { UsageError } from "../../core/errors.ts";
import { EXIT_CODE, type ExitCode } from "../../core/exit_code.ts";
import { type Command, defineCommandGroup, type Invocation } from "../../core/command/command.ts";
import { parseCommandLine } from "../../core/command/command_line.ts";
import { flag, type Flags, text } from "../../core/command/flags.ts";
import { readTextFile } from "../../core/text_file.ts";
import { isGiven } from "../../core/command/settings.ts";
import { NAME } from "../../core/version.ts";
import type { KubernetesCommand } from "../kubernetes_command.ts";
import type { ObjectRef } from "../object.ts";

const DESCRIPTION =
  `Prints a ServiceAccount with exactly the rights that a command takes with these flags: a Role for each namespace, a
ClusterRole only for what is in no one namespace. Rules that the command can do without say what they are for.
Nothing is contacted; the same flags give the same text.`;

const EXAMPLES = [
  { line: "manifests rbac --for cmdriver", does: "what cmdriver takes with its defaults" },
  {
    line: "manifests rbac --for cmdriver --namespace perf --create-namespace=false",
    does: "for a namespace that is there",
  },
  {
    line: "manifests rbac --for cm-logger -n perf --account perf/loggers | kubectl apply -f -",
    does: "for a service account of that name",
  },
];

const ACCOUNT_FLAG = flag(text("namespace/name"), {
  help: `service account that gets the rights; default: ${NAME}-COMMAND in the command's namespace`,
});
const DEFAULT_NAMESPACE = "scaletest";

/** @param commands those that there are manifests for */
export function manifestsCommand(commands: readonly KubernetesCommand[]): Command {
  const variants = commands.map(rbacOf);
  const rbac: Command = {
    ...defineCommandGroup({
      name: "rbac",
      summary: "the least rights that a command takes",
      description: DESCRIPTION,
      examples: EXAMPLES,
      subcommands: variants,
    }),
    positionals: { usage: "--for COMMAND [that command's flags]", min: 1, max: Infinity },
    run: (invocation) => runFor(invocation, variants),
  };
  return defineCommandGroup({
    name: "manifests",
    summary: "manifests for running commands inside a cluster",
    description: "Prints Kubernetes manifests as YAML, ready for kubectl apply -f -.",
    examples: EXAMPLES,
    subcommands: [rbac],
  });
}

/** `--for COMMAND` and the rest, whatever their order. */
async function runFor(
  { positionals, io }: Invocation,
  variants: readonly Command[],
): Promise<ExitCode> {
  const index = positionals.findIndex((word) => /^--?for(=|$)/.test(word));
  const [given = ""] = positionals.slice(index);
  const isJoined = given.includes("=");
  const name = index < 0
    ? undefined
    : isJoined
    ? given.slice(given.indexOf("=") + 1)
    : positionals[index + 1];
  const names = variants.map((one) => one.name).join(", ");
  const variant = variants.find((one) => one.name === name);
  if (variant === undefined) {
    const what = name === undefined ? "" : `, not "${name.replace(/=.*/s, "")}"`;
    throw new UsageError(`manifests rbac: --for must be one of ${names}${what}`);
  }
  const rest = positionals.toSpliced(index, isJoined ? 1 : 2);
  const request = await parseCommandLine([variant], {
    args: [variant.name, ...rest],
    env: io.env,
    readTextFile,
  });
  if (request.kind === "help") {
    io.stdout(request.text);
    return EXIT_CODE.pass;
  }
  const { settings } = request;
  return await variant.run({
    command: variant.name,
    values: settings.values,
    shown: settings.shown,
    positionals: [],
    io,
  });
}

/** `manifests rbac cmdriver`, with the flags of `cmdriver`. */
function rbacOf(command: KubernetesCommand): Command {
  const { name } = command;
  return {
    name,
    summary: `for ${name}`,
    description: DESCRIPTION,
    flags: { ...command.flags, account: ACCOUNT_FLAG },
    examples: [{ line: `manifests rbac --for ${name}`, does: "with its defaults" }],
    run: async (invocation) => {
      const needs = await command.needs(invocation);
      const account = accountOf(invocation.values["account"], {
        namespace: needs.namespaces[0] ?? DEFAULT_NAMESPACE,
        name: `${NAME}-${name}`,
      });
      const { rbacYaml } = await import("./yaml.ts");
      const head = `${NAME} manifests rbac --for ${name}${givenFlags(invocation, command.flags)}`;
      invocation.io.stdout(rbacYaml(needs, { command: name, account, head }));
      return EXIT_CODE.pass;
    },
  };
}

/** @throws {UsageError} unless it is `NAMESPACE/NAME` */
function accountOf(given: unknown, otherwise: Required<ObjectRef>): Required<ObjectRef> {
  if (given === undefined) return otherwise;
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(String(given)) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw new UsageError(`--account must be NAMESPACE/NAME, not "${given}"`);
}

/** As they would be typed, so that whoever reads the manifest can make it again. */
function givenFlags({ values, shown }: Invocation, flags: Flags): string {
  return Object.entries(shown)
    .filter(([name]) => isGiven(shown, name) && !flags[name]?.isSecret)
    .flatMap(([name, { value }]) => {
      const kind = flags[name]?.kind;
      const texts = kind?.isList
        ? (values[name] as readonly unknown[]).map((one) => kind.format([one]))
        : [value];
      return texts.map((one) => ` --${name}=${/^[\w@%+=:,./-]*$/.test(one) ? one : `'${one}'`}`);
    })
    .join("");
}
