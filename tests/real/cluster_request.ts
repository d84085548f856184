/**
 * What do the arguments of `deno task cluster` ask for? Does none of it.
 * @module
 */

import { parseArgs } from "node:util";
import { messageOf, UsageError } from "../../core/errors.ts";
import { COMPONENT_NAMES, OPTIONAL_NAMES, type OptionalName } from "./components.ts";
import { GATEWAY_NAMES, type GatewayName } from "./gateway/kind.ts";

export const USAGE =
  `Usage: deno task cluster up|status|down [--dir DIR] [--only NAMES] [--node] [--steve]
                            [--gateway NAMES] [--maas] [--devworkspace]

  up      start etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok (fake nodes) and
          sample-apiserver (flunders) on 127.0.0.1; the first time their programs are built
  status  process id, readiness and memory of each; exit code 1 unless all are ready
  down    end them and remove DIR

  --dir DIR  where keys, kubeconfigs, logs and data are (default: scaletool-cluster among the
             temporary files)
  --only NAMES
             with up: build and start no more than etcd, apiserver and those of kcm, scheduler, kwok
             and wardle that are named, as in --only etcd,apiserver; half the build is enough for
             those two. Without kcm a namespace that is deleted stays, so that scaletest and
             scaletest-sim are there from the beginning
  --node     with up: start a real node (kubelet, containerd and runc in namespaces of their own) instead
             of kwok, with the image IMAGE of dist/scaletool or SCALETOOL_BIN; up once more takes in what
             that is by then. Needs root, cgroups and Debian's archive, on linux/amd64
  --steve    with up: start a Steve that serves the cluster too, at the address STEVE_URL
  --gateway NAMES
             with up: start contour (with Envoy), traefik or both (--gateway contour,traefik), each
             with a Gateway (GATEWAY) that serves at GATEWAY_ADDRESS and a backend (BACKEND)
  --maas     with up: start a gateway in front of a model (Envoy, an auth service on client-go, and
             Limitador's library where there is cargo) as MAAS_HOST at MAAS_ADDRESS
  --devworkspace
             with up: start the DevWorkspace Operator, whose workspaces and backups fake kubelets play;
             its configuration is in DWO_NAMESPACE

Example: eval "$(deno task cluster up)" && kubectl get namespaces
`;

/** What was asked for. */
export interface Request {
  readonly verb: "up" | "status" | "down" | "help";
  readonly dir: string;
  readonly extras: Extras;
}

/** What goes with up. */
export interface Extras {
  readonly withSteve: boolean;
  readonly withNode: boolean;
  readonly without: readonly OptionalName[];
  readonly gateways: readonly GatewayName[];
  readonly withMaas: boolean;
  readonly withDevWorkspace: boolean;
}

const WITH_UP = ["node", "steve", "only", "gateway", "maas", "devworkspace"] as const;

/** @throws {UsageError} in one line */
export function parseRequest(args: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const dir = values.dir ?? `${Deno.env.get("TMPDIR") || "/tmp"}/scaletool-cluster`;
  if (dir === "") throw new UsageError('Cannot use --dir "": expected a directory');
  const { node = false, steve = false, only = [], gateway = [] } = values;
  const { maas = false, devworkspace = false } = values;
  const extras = {
    withSteve: steve,
    withNode: node,
    without: withoutOf(only, { withNode: node }),
    gateways: gatewaysOf(gateway),
    withMaas: maas,
    withDevWorkspace: devworkspace,
  };
  if (node && devworkspace) {
    throw new UsageError("Cannot use --devworkspace with --node: it is kwok that plays its pods");
  }
  if (values.help) return { verb: "help", dir, extras };
  const [verb, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`Unexpected argument "${extra}"`);
  const stray = WITH_UP.find((name) => values[name] !== undefined);
  if (stray !== undefined && verb !== "up") {
    throw new UsageError(`Cannot use --${stray}: it goes with up`);
  }
  if (verb === "up" || verb === "status" || verb === "down") return { verb, dir, extras };
  const given = verb === undefined ? "nothing" : `"${verb}"`;
  throw new UsageError(`Cannot do ${given}: expected up, status or down`);
}

/** What is left out if only these are named. kwok would play the kubelet of a real node, too. */
function withoutOf(
  only: readonly string[],
  { withNode }: { withNode: boolean },
): OptionalName[] {
  if (only.length === 0) return withNode ? ["kwok"] : [];
  const names = namesIn(only, { flag: "only", known: COMPONENT_NAMES });
  if (withNode && names.includes("kwok")) {
    throw new UsageError("Cannot use --only with kwok and --node: both would play one kubelet");
  }
  return OPTIONAL_NAMES.filter((name) => !names.includes(name));
}

function gatewaysOf(gateway: readonly string[]): GatewayName[] {
  return namesIn(gateway, { flag: "gateway", known: GATEWAY_NAMES });
}

/** The comma-separated names in all uses of a flag, each once. */
function namesIn<Name extends string>(
  values: readonly string[],
  { flag, known }: { flag: string; known: readonly Name[] },
): Name[] {
  const names = values.flatMap((value) => value.split(","));
  const isKnown = (name: string): name is Name => known.some((one) => one === name);
  const stranger = names.find((name) => !isKnown(name));
  if (stranger !== undefined) {
    const expected = `${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
    throw new UsageError(`Cannot use --${flag} "${stranger}": expected ${expected}`);
  }
  return [...new Set(names.filter(isKnown))];
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dir: { type: "string" },
        node: { type: "boolean" },
        steve: { type: "boolean" },
        only: { type: "string", multiple: true },
        gateway: { type: "string", multiple: true },
        maas: { type: "boolean" },
        devworkspace: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error).split(". ")[0]!);
  }
}
