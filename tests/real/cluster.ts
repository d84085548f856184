/**
 * `deno task cluster up|status|down`: a real Kubernetes control plane on this machine to try commands
 * on, without containers. Prints what a shell can evaluate on stdout, everything else on stderr.
 * Never touches a directory that no cluster was started in.
 * @module
 */

import { parseArgs } from "node:util";
import { CannotRunError, messageOf, UsageError } from "../../core/errors.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { type ComponentStatus, statusOf } from "./cluster_status.ts";
import { endClusterSteve, ensureSteve, steveOf, steveStatus } from "./cluster_steve.ts";
import { ControlPlane } from "./control_plane.ts";
import { RunDir } from "./run_dir.ts";
import { endCluster } from "./watchdog.ts";

const USAGE = `Usage: deno task cluster up|status|down [--dir DIR] [--steve]

  up      start etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok (fake nodes) and
          sample-apiserver (flunders) on 127.0.0.1; the first time their programs are built
  status  process id, readiness and memory of each; exit code 1 unless all are ready
  down    end them and remove DIR

  --dir DIR  where keys, kubeconfigs, logs and data are (default: scaletool-cluster among the
             temporary files)
  --steve    with up: start a Steve that serves the cluster too, at the address STEVE_URL

Example: eval "$(deno task cluster up)" && kubectl get namespaces
`;

interface Request {
  readonly verb: "up" | "status" | "down" | "help";
  readonly dir: string;
  readonly withSteve: boolean;
}

function parseRequest(args: readonly string[]): Request {
  const { values, positionals } = parse(args);
  const dir = values.dir ?? `${Deno.env.get("TMPDIR") || "/tmp"}/scaletool-cluster`;
  if (dir === "") throw new UsageError('Cannot use --dir "": expected a directory');
  const { steve: withSteve = false } = values;
  if (values.help) return { verb: "help", dir, withSteve };
  const [verb, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`Unexpected argument "${extra}"`);
  if (withSteve && verb !== "up") throw new UsageError("Cannot use --steve: it goes with up");
  if (verb === "up" || verb === "status" || verb === "down") return { verb, dir, withSteve };
  const given = verb === undefined ? "nothing" : `"${verb}"`;
  throw new UsageError(`Cannot do ${given}: expected up, status or down`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dir: { type: "string" },
        steve: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error).split(". ")[0]!);
  }
}

async function up(path: string, withSteve: boolean): Promise<number> {
  const existing = RunDir.open(path);
  if (existing !== undefined) return await showExisting(existing, withSteve);
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
    const plane = await ControlPlane.start({ dir: path, ...options });
    const dir = RunDir.open(path)!;
    const steve = withSteve ? ensureSteve(dir, options) : Promise.resolve();
    // Without what was asked for there is nothing to leave.
    await steve.catch(async (error) => {
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

async function showExisting(dir: RunDir, withSteve: boolean): Promise<number> {
  const status = await statusOf(dir);
  if (!status.isReady) {
    note(`Cannot start a cluster in "${dir.root}": there is one that is not ready; see "status"`);
    return EXIT_CODE.couldNotRun;
  }
  note(`a cluster is up already in ${dir.root}`);
  if (withSteve) await ensureSteve(dir, { progress: note });
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
`,
  );
  const steve = steveOf(dir);
  if (steve === undefined) return;
  print(
    `export STEVE_URL=${steve.url}
# Steve's metrics: ${steve.metricsUrl}, profiles: ${steve.pprofUrl}
# Steve's write-ahead log: ${steve.walFile}
`,
  );
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
  const steve = await steveStatus(dir);
  const components = [...status.components, ...(steve === undefined ? [] : [steve])];
  if (status.components.length === 0) note(`the cluster in ${path} is being started`);
  else print(statusTable(components));
  const isReady = status.isReady && (steve?.isReady ?? true);
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
    `${name!.padEnd(10)}${cells.map((cell) => cell.padStart(8)).join("")}\n`
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
  await endClusterSteve(dir);
  await endCluster(dir.root);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function note(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const { verb, dir, withSteve } = parseRequest(args);
    switch (verb) {
      case "help":
        print(USAGE);
        return EXIT_CODE.pass;
      case "up":
        return await up(dir, withSteve);
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
