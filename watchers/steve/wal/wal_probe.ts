/**
 * How large is SQLite's write-ahead log, of each replica of Steve? The ways to find out: the file
 * itself, on this machine; Steve's own gauges; a command in each replica's pod.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { shownUrl } from "../../../core/net/address.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { metricSum } from "../../../kube/component/metrics_page.ts";
import { execInPod, type ExecResult, type OpenWebSocket } from "../../../kube/exec/pod_exec.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { PODS } from "../../../kube/resource.ts";
import type { Permission } from "../../../kube/server/access.ts";

/** One Steve with its own database. */
export interface WalReplica {
  /** Tells it from the others, e.g. the pod's name. */
  readonly name: string;
  /**
   * Size of the file, bytes; it may be 0.
   * @throws {OperationFailedError} if it is not known: also if there is no file, because a Steve that
   * keeps its cache in SQLite has one from its start on
   */
  readBytes(signal: AbortSignal): Promise<number>;
}

export interface WalProbe {
  /**
   * Those there are now; at least one.
   * @throws {OperationFailedError} if there is none, or they are not known
   */
  replicas(signal: AbortSignal): Promise<readonly WalReplica[]>;
}

/**
 * The file of a Steve on this machine: its size, and nothing else.
 * @param path of the `-wal` file
 */
export function fileProbe(path: string): WalProbe {
  return {
    replicas: () => Promise.resolve([{ name: "local", readBytes: () => sizeOf(path) }]),
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (isFile) return size;
  } catch (cause) {
    const isAbsent = cause instanceof Deno.errors.NotFound;
    throw new OperationFailedError(
      isAbsent ? "not-found" : "other",
      isAbsent
        ? `There is no file "${path}"; expected the database's -wal file, which a Steve with --sql-cache has`
        : `Cannot look at "${path}": ${messageOf(cause)}`,
      { cause },
    );
  }
  throw new OperationFailedError("other", `Cannot use "${path}": it is no file`);
}

const WAL_GAUGE = "steve_sqlcache_db_wal_bytes";
const DB_GAUGE = "steve_sqlcache_db_bytes";

interface MetricsProbeOptions {
  /** One of each replica. */
  readonly urls: readonly string[];
  /** @throws {OperationFailedError} if the page cannot be had */
  readonly fetchText: (url: string, signal: AbortSignal) => Promise<string>;
}

/**
 * Steve's own gauges, which are some seconds old; a replica is called by its host and port.
 * Source: rancher/steve, pkg/sqlcache, from v0.9.11 on.
 */
export function metricsProbe({ urls, fetchText }: MetricsProbeOptions): WalProbe {
  const replicas = urls.map((url) => ({
    name: new URL(url).host,
    readBytes: async (signal: AbortSignal) => walBytes(await fetchText(url, signal), url),
  }));
  return { replicas: () => Promise.resolve(replicas) };
}

/** Before Steve has looked at its files for the first time, all gauges are 0. */
function walBytes(page: string, url: string): number {
  const bytes = metricSum(page, WAL_GAUGE);
  if (bytes === undefined) {
    throw new OperationFailedError(
      "not-found",
      `There is no ${WAL_GAUGE} at ${
        shownUrl(url)
      }; expected a Steve from v0.9.11 on with its SQL cache and ` +
        "metrics on (CATTLE_PROMETHEUS_METRICS=true)",
    );
  }
  if (bytes === 0 && metricSum(page, DB_GAUGE) === 0) {
    throw new OperationFailedError(
      "not-found",
      `Steve at ${shownUrl(url)} has not measured its files yet`,
    );
  }
  return bytes;
}

/** Where Rancher has it. */
export const RANCHER_WAL_PATH = "/var/lib/rancher/informer_object_cache.db-wal";

interface ExecProbeOptions {
  readonly cluster: Pick<ClusterReader, "list">;
  readonly open: OpenWebSocket;
  readonly clock: Clock;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly container: string;
  readonly path: string;
  /** For each pod. */
  readonly timeoutMs: number;
}

/** The command's exit code where there is no file: EX_NOINPUT of sysexits.h. */
const NO_FILE = 66;
/** GNU and busybox, then BSD. The path is an argument, so that nothing in it is taken for a command. */
const SCRIPT = `[ -f "$1" ] || exit ${NO_FILE}; ` +
  'stat -c %s "$1" 2>/dev/null || stat -f %z "$1" || wc -c < "$1"';
const SHOWN_OUTPUT = 200;

/** What it asks of a cluster. */
export function execProbePermissions({ namespace }: { namespace: string }): Permission[] {
  return [
    { verb: "list", resource: PODS, namespace },
    { verb: "create", resource: PODS, namespace, subresource: "exec" },
    // An API server asks for one or the other, by the method of a WebSocket's request.
    { verb: "get", resource: PODS, namespace, subresource: "exec" },
  ];
}

/** A replica is called by its pod's name. Pods that do not run yet, or no longer, have no Steve. */
export function execProbe(options: ExecProbeOptions): WalProbe {
  const { cluster, namespace, labelSelector } = options;
  return {
    async replicas(signal) {
      const { items } = await cluster.list(PODS, { namespace, labelSelector, signal });
      const running = items.filter(isRunning);
      if (running.length > 0) {
        return running.map(({ metadata: { name = "" } }) => ({
          name,
          readBytes: (signal: AbortSignal) => readBytes(name, { ...options, signal }),
        }));
      }
      throw new OperationFailedError(
        "not-found",
        `No pod runs in namespace "${namespace}" with label "${labelSelector}"` +
          (items.length === 0 ? "" : ` (of ${items.length})`),
      );
    },
  };
}

function isRunning({ metadata, status }: KubeObject): boolean {
  const phase = (status as { phase?: unknown } | undefined)?.phase;
  return phase === "Running" && metadata.deletionTimestamp === undefined;
}

async function readBytes(
  pod: string,
  { open, namespace, container, path, timeoutMs, clock, signal }: ExecProbeOptions & {
    signal: AbortSignal;
  },
): Promise<number> {
  const result = await execInPod(open, {
    namespace,
    pod,
    container,
    command: ["sh", "-c", SCRIPT, "sh", path],
    timeoutMs,
    clock,
    signal,
  });
  return bytesOf(result, { place: `pod ${namespace}/${pod}`, path });
}

function bytesOf(
  { exitCode, stdout, stderr }: ExecResult,
  { place, path }: { place: string; path: string },
): number {
  if (exitCode === NO_FILE) {
    throw new OperationFailedError(
      "not-found",
      `There is no file "${path}" in ${place}; expected the database's -wal file, which a Steve ` +
        "with its SQL cache on has",
    );
  }
  if (exitCode === 0 && /^\d+$/.test(stdout.trim())) return Number(stdout.trim());
  const said = (stderr.trim() || stdout.trim()).slice(0, SHOWN_OUTPUT);
  throw new OperationFailedError(
    "other",
    `Cannot tell the size of "${path}" in ${place}: exit code ${exitCode}, "${said}"`,
  );
}
