/**
 * What does Steve tell Prometheus of its cache? Gauges that are read anew only now and then.
 * Source: rancher/steve v0.10.2, pkg/metrics/dbmetrics.go.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: () => number;
}

const GOROUTINES_HELP = "Number of goroutines that currently exist.";
const HEAP_HELP = "Number of heap bytes allocated and still in use.";
/** As a real one has them without clients, and for a socket with three subscriptions. */
const IDLE_GOROUTINES = 250;
const SOCKET_GOROUTINES = 24;

export class Metrics {
  readonly #gauges: readonly Gauge[];
  readonly #clock: Clock;
  readonly #refreshMs: number;
  #readAtMs = -Infinity;
  #text = "";

  constructor(
    { walBytes, sockets }: { walBytes: () => number; sockets: () => number },
    { clock, refreshMs }: { clock: Clock; refreshMs: number },
  ) {
    this.#clock = clock;
    this.#refreshMs = refreshMs;
    this.#gauges = [
      gauge("steve_sqlcache_db_bytes", "Size of the main sqlite DB file", () => 4_096),
      gauge("steve_sqlcache_db_wal_bytes", "Size of the auxiliary sqlite DB WAL file", walBytes),
      gauge(
        "steve_sqlcache_db_shm_bytes",
        "Size of the auxiliary sqlite DB SHM file",
        () => 32_768,
      ),
      gauge(
        "go_goroutines",
        GOROUTINES_HELP,
        () => IDLE_GOROUTINES + SOCKET_GOROUTINES * sockets(),
      ),
      gauge("go_memstats_heap_alloc_bytes", HEAP_HELP, () => Deno.memoryUsage().heapUsed),
    ];
  }

  /** In the text format. */
  get text(): string {
    const nowMs = this.#clock.now();
    if (nowMs - this.#readAtMs >= this.#refreshMs) {
      this.#readAtMs = nowMs;
      this.#text = this.#gauges.map(({ name, help, value }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value()}\n`
      ).join("");
    }
    return this.#text;
  }
}

function gauge(name: string, help: string, value: () => number): Gauge {
  return { name, help, value };
}
