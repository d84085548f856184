/**
 * The write-ahead log as Steve's own gauges tell it, which are some seconds old. Reads one page of
 * metrics for each replica.
 * Source: rancher/steve, pkg/sqlcache, from v0.9.11 on.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { shownUrl } from "../../../core/net/server_url.ts";
import { gaugeValue } from "../../../kube/component/gauge_text.ts";
import type { WalProbe } from "./wal_probe.ts";

const WAL_GAUGE = "steve_sqlcache_db_wal_bytes";
const DB_GAUGE = "steve_sqlcache_db_bytes";

export interface MetricsProbeOptions {
  /** One of each replica. */
  readonly urls: readonly string[];
  /** @throws {OperationFailedError} if the page cannot be had */
  readonly fetchText: (url: string, signal: AbortSignal) => Promise<string>;
}

/** A replica is called by its host and port. */
export function metricsProbe({ urls, fetchText }: MetricsProbeOptions): WalProbe {
  const replicas = urls.map((url) => ({
    name: new URL(url).host,
    readBytes: async (signal: AbortSignal) => walBytes(await fetchText(url, signal), url),
  }));
  return { replicas: () => Promise.resolve(replicas) };
}

/** Before Steve has looked at its files for the first time, all gauges are 0. */
function walBytes(page: string, url: string): number {
  const bytes = gaugeValue(page, WAL_GAUGE);
  if (bytes === undefined) {
    throw new OperationFailedError(
      "not-found",
      `There is no ${WAL_GAUGE} at ${
        shownUrl(url)
      }; expected a Steve from v0.9.11 on with its SQL cache and ` +
        "metrics on (CATTLE_PROMETHEUS_METRICS=true)",
    );
  }
  if (bytes === 0 && gaugeValue(page, DB_GAUGE) === 0) {
    throw new OperationFailedError(
      "not-found",
      `Steve at ${shownUrl(url)} has not measured its files yet`,
    );
  }
  return bytes;
}
