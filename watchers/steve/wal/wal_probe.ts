/**
 * How large is SQLite's write-ahead log, of each replica of Steve? What the ways to find out have in
 * common, and the shortest: the file itself, on this machine.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { shownUrl } from "../../../core/net/address.ts";
import { metricSum } from "../../../kube/component/metrics_page.ts";

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
