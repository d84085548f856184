/**
 * `deno task cluster up|status|down`: a real Kubernetes control plane on this machine to try commands
 * on, without containers. Prints what a shell can evaluate on stdout, everything else on stderr.
 * Never touches a directory that no cluster was started in.
 * @module
 */

import { CannotRunError, messageOf, UsageError } from "../../core/errors.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { type Extras, parseRequest, USAGE } from "./cluster_request.ts";
import { type ComponentStatus, statusOf } from "./cluster_status.ts";
import { CLUSTER_NODE, ensureNode } from "./cluster_node.ts";
import { CLUSTER_STEVE, ensureSteve } from "./cluster_steve.ts";
import { ControlPlane } from "./control_plane.ts";
import { ensureDefaultNamespaces } from "./default_namespaces.ts";
import { devWorkspaceLines } from "./devworkspace/exports.ts";
import { RealDevWorkspace } from "./devworkspace/real_devworkspace.ts";
import { devWorkspaceIn } from "./devworkspace/state.ts";
import { RunningPlane } from "./gateway/plane.ts";
import { RealGateway } from "./gateway/real_gateway.ts";
import { gatewaysIn, type GatewayState } from "./gateway/state.ts";
import { maasLines } from "./maas/exports.ts";
import { RealMaas } from "./maas/real_maas.ts";
import { maasIn } from "./maas/state.ts";
import { IMAGE } from "./node/images.ts";
import { RunDir } from "./run_dir.ts";
import { endCluster } from "./watchdog.ts";

/** Those that end for themselves, before the cluster. */
const SERVERS = [CLUSTER_NODE, CLUSTER_STEVE];

async function up(path: string, extras: Extras): Promise<number> {
  const existing = RunDir.open(path);
  if (existing !== undefined) return await showExisting(existing, extras);
  const interrupt = new AbortController();
  let code: number = EXIT_CODE.couldNotRun;
  const listen = (signal: Deno.Signal, exitCode: number) =>
    Deno.addSignalListener(signal, () => {
      code = exitCode;
      interrupt.abort(new CannotRunError("Interrupted: nothing is left running"));
    });
  listen("SIGINT", EXIT_CODE.interrupted);
  listen("SIGTERM", EXIT_CODE.terminated);
  listen("SIGHUP", EXIT_CODE.terminated);
  const options = { progress: note, signal: interrupt.signal };
  try {
    const { without } = extras;
    const plane = await ControlPlane.start({ dir: path, without, ...options });
    const dir = RunDir.open(path)!;
    // Without what was asked for there is nothing to leave.
    await ensureExtras(dir, { ...extras, ...options }).catch(async (error) => {
      await endServers(dir);
      await plane[Symbol.asyncDispose]();
      throw error;
    });
    await plane.leaveRunning();
    if (interrupt.signal.aborted) await end(dir);
    interrupt.signal.throwIfAborted();
  } catch (error) {
    note(messageOf(error));
    return code;
  }
  note('the cluster is up; "deno task cluster down" ends it');
  show(RunDir.open(path)!);
  return EXIT_CODE.pass;
}

/** Starts what is asked for beside the control plane, as far as it is not there. */
async function ensureExtras(
  dir: RunDir,
  { withSteve, withNode, gateways, withMaas, withDevWorkspace, ...options }: ExtraOptions,
): Promise<void> {
  if (withSteve) await ensureSteve(dir, options);
  using plane = new RunningPlane(dir);
  if (withNode) await ensureNode(dir, { ...options, plane });
  await ensureDefaultNamespaces(dir, plane);
  const there = new Set(gatewaysIn(dir).map(({ name }) => name));
  for (const name of gateways.filter((name) => !there.has(name))) {
    await RealGateway.start(plane, { ...options, name });
  }
  if (withMaas && maasIn(dir) === undefined) await RealMaas.start(plane, options);
  if (withDevWorkspace && devWorkspaceIn(dir) === undefined) {
    await RealDevWorkspace.start(plane, options);
  }
}

interface ExtraOptions extends Omit<Extras, "without"> {
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

async function showExisting(dir: RunDir, extras: Extras): Promise<number> {
  const status = await statusOf(dir);
  if (!status.isReady) {
    note(`Cannot start a cluster in "${dir.root}": there is one that is not ready; see "status"`);
    return EXIT_CODE.couldNotRun;
  }
  note(`a cluster is up already in ${dir.root}`);
  await ensureExtras(dir, { ...extras, progress: note });
  show(dir);
  return EXIT_CODE.pass;
}

/** Lines that a shell can evaluate. */
function show(dir: RunDir): void {
  const users = dir.users().filter((user) => user !== "load").join(", ");
  print(
    `export KUBECONFIG=${shellWord(dir.kubeconfig("load"))}
# server: ${dir.readState().server}
# user load: may do everything, governed by API Priority and Fairness
# other users: ${dir.path("kubeconfig")}/USER.yaml with USER one of ${users}
${nodeLines(dir)}${gatewayLines(gatewaysIn(dir))}${maasLines(maasIn(dir))}${
      devWorkspaceLines(devWorkspaceIn(dir))
    }`,
  );
  const steve = CLUSTER_STEVE.in(dir);
  if (steve === undefined) return;
  print(
    `export STEVE_URL=${steve.url}
# Steve's metrics: ${steve.metricsUrl}, profiles: ${steve.pprofUrl}
# Steve's write-ahead log: ${steve.walFile}
`,
  );
}

function nodeLines(dir: RunDir): string {
  const node = CLUSTER_NODE.in(dir);
  if (node === undefined) return "";
  return `export NODE=${node.name}
export IMAGE=${IMAGE}
# logs of the node: ${CLUSTER_NODE.dirIn(dir)}/log
`;
}

/** Of several gateways each variable has a list, all in the same order. */
function gatewayLines(gateways: readonly GatewayState[]): string {
  if (gateways.length === 0) return "";
  const list = (of: (gateway: GatewayState) => string) => gateways.map(of).join(",");
  const metrics = gateways.map(({ name, metricsUrls: { controller, dataPlane } }) =>
    `# metrics of ${name}: ${[...new Set([controller, dataPlane])].join(" and ")}\n`
  );
  return `export GATEWAY=${list(({ namespace, gateway }) => `${namespace}/${gateway}`)}
export GATEWAY_ADDRESS=${
    list(({ namespace, gateway, address, port }) => `${namespace}/${gateway}=${address}:${port}`)
  }
export BACKEND=${
    list(({ namespace, backend: { name, ports } }) => `${namespace}/${name}:${ports[0]}`)
  }
# the backend answers at a second port too: ${list(({ backend }) => String(backend.ports[1]))}
${metrics.join("")}`;
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

async function status(path: string): Promise<number> {
  const dir = RunDir.open(path);
  if (dir === undefined) {
    note(`no cluster in ${path}`);
    return EXIT_CODE.couldNotRun;
  }
  const status = await statusOf(dir);
  const servers = await Promise.all(SERVERS.map((server) => server.status(dir)));
  const components = [...status.components, ...servers.filter((one) => one !== undefined)];
  if (status.components.length === 0) note(`the cluster in ${path} is being started`);
  else print(statusTable(components));
  const isReady = status.isReady && components.every((one) => one.isReady);
  return isReady ? EXIT_CODE.pass : EXIT_CODE.couldNotRun;
}

function statusTable(components: readonly ComponentStatus[]): string {
  const rows = components.map(({ name, pid, isAlive, isReady, rssBytes }) => [
    name,
    pid === undefined ? "-" : String(pid),
    isAlive ? "yes" : "no",
    isReady ? "yes" : "no",
    rssBytes === undefined ? "-" : (rssBytes / 1e6).toFixed(0),
  ]);
  const all = [["COMPONENT", "PID", "ALIVE", "READY", "RSS MB"], ...rows];
  return all.map(([name, ...cells]) =>
    `${name!.padEnd(22)}${cells.map((cell) => cell.padStart(8)).join("")}\n`
  ).join("");
}

async function down(path: string): Promise<number> {
  const dir = RunDir.open(path);
  if (dir === undefined) {
    note(`no cluster in ${path}`);
    return EXIT_CODE.pass;
  }
  await end(dir);
  if (RunDir.open(path) !== undefined) {
    throw new CannotRunError(`Cannot end the cluster in "${path}": the directory is still there`);
  }
  note(`the cluster in ${path} has ended`);
  return EXIT_CODE.pass;
}

async function end(dir: RunDir): Promise<void> {
  await endServers(dir);
  await endCluster(dir.root);
}

async function endServers(dir: RunDir): Promise<void> {
  for (const server of SERVERS) await server.end(dir);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function note(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const { verb, dir, extras } = parseRequest(args);
    switch (verb) {
      case "help":
        print(USAGE);
        return EXIT_CODE.pass;
      case "up":
        return await up(dir, extras);
      case "status":
        return await status(dir);
      case "down":
        return await down(dir);
    }
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CannotRunError)) throw error;
    note(`cluster: ${error.message}`);
    return error instanceof UsageError ? EXIT_CODE.usage : EXIT_CODE.couldNotRun;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
