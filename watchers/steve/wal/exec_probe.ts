/**
 * The write-ahead log of Steves that run in pods: a command in each of them tells the file's size.
 * Changes nothing there.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { execInPod, type ExecResult, type OpenWebSocket } from "../../../kube/exec/pod_exec.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { PODS } from "../../../kube/resource.ts";
import type { Permission } from "../../../kube/server/access.ts";
import type { WalProbe } from "./wal_probe.ts";

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
