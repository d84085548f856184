/**
 * `scaletool manifests rbac` as the command line knows it: the rights that a command takes, as
 * manifests. Contacts nothing. What it prints is made where it is used.
 * @module
 */

import { UsageError } from "../../core/errors.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import {
  aroundCommand,
  type Command,
  type CommandTree,
  defineCommandGroup,
  type Invocation,
} from "../../core/command/command.ts";
import { changedTree, leavesOf } from "../../core/command/command_tree.ts";
import { flag, type Flags, text } from "../../core/command/flags.ts";
import { isGiven } from "../../core/command/settings.ts";
import { NAME } from "../../core/version.ts";
import type { KubernetesCommand } from "../kubernetes_command.ts";
import type { ObjectRef } from "../object.ts";
import { hyphenated } from "../owned/ownership.ts";

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
export function manifestsCommand(commands: readonly CommandTree<KubernetesCommand>[]): Command {
  const names = [...leavesOf(commands).keys()].join(", ");
  const rbac: Command = {
    ...defineCommandGroup({
      name: "rbac",
      summary: "the least rights that a command takes",
      description: DESCRIPTION,
      examples: EXAMPLES,
      subcommands: changedTree(commands, { command: rbacOf }),
    }),
    subcommandFlag: "for",
    positionals: { usage: "--for COMMAND [that command's flags]", min: 1, max: Infinity },
    run({ positionals: [word = ""] }) {
      const what = word === "" || word.startsWith("-") ? "" : `, not "${word}"`;
      throw new UsageError(`manifests rbac: --for must be one of ${names}${what}`);
    },
  };
  return defineCommandGroup({
    name: "manifests",
    summary: "manifests for running commands inside a cluster",
    description: "Prints Kubernetes manifests as YAML, ready for kubectl apply -f -.",
    examples: EXAMPLES,
    subcommands: [rbac],
  });
}

/** `manifests rbac cmdriver`, with the flags of `cmdriver`. */
function rbacOf(command: KubernetesCommand, fullName: string): Command {
  return aroundCommand(command, {
    settingsOf: fullName,
    summary: `for ${fullName}`,
    description: DESCRIPTION,
    flags: { account: ACCOUNT_FLAG },
    examples: [{ line: `manifests rbac --for ${fullName}`, does: "with its defaults" }],
    run: async (invocation) => {
      const needs = await command.needs(invocation);
      const account = accountOf(invocation.values.account, {
        namespace: needs.namespaces[0] ?? DEFAULT_NAMESPACE,
        name: `${NAME}-${hyphenated(fullName)}`,
      });
      const { rbacYaml } = await import("./rbac.ts");
      const head = `${NAME} manifests rbac --for ${fullName}${
        givenFlags(invocation, command.flags)
      }`;
      invocation.io.stdout(rbacYaml(needs, { command: fullName, account, head }));
      return EXIT_CODE.pass;
    },
  });
}

/** @throws {UsageError} unless it is `NAMESPACE/NAME` */
function accountOf(given: string | undefined, otherwise: Required<ObjectRef>): Required<ObjectRef> {
  if (given === undefined) return otherwise;
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(given) ?? [];
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
