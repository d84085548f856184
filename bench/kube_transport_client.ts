/**
 * One process of the benchmark kube-transport: its argument says what to do, its last line what it
 * cost. The code above what carries the requests is the same either way.
 * @module
 */

import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { SystemClock } from "../core/load/clock.ts";
import { disableNagle } from "../core/net/own_sockets.ts";
import { staticCredentials } from "../kube/auth/credentials.ts";
import { HttpCluster } from "../kube/http/http_cluster.ts";
import { HttpConnection } from "../kube/http/http_connection.ts";
import type { KubeObject } from "../kube/object.ts";
import { CONFIG_MAPS } from "../kube/resource.ts";
import { note } from "./note.ts";

export interface TransportJob {
  readonly by: "engine" | "fetch";
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
  readonly namespace: string;
  readonly connections: number;
  readonly scenario: "closed" | "open" | "watches" | "lists";
  /** Objects to write and delete, watches to open, lists to get. */
  readonly count: number;
  /** Objects a second, of `open`. */
  readonly perSec?: number;
}

/** Of the part that counts, without what warms up. */
export interface TransportFigures {
  /** Requests that were answered; of `watches` events. */
  readonly operations: number;
  readonly failed: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly rssMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const WORKERS = 16;
const LISTERS = 4;
const WARM_UP = 300;
const VALUE = "x".repeat(100);
const WATCHING_MS = 5_000;

const job: TransportJob = JSON.parse(Deno.args[0] ?? "{}");
const { namespace } = job;
const cluster = new HttpCluster(await connect());
const run = crypto.randomUUID().slice(0, 8);
const timesMs: number[] = [];
let operations = 0;
let failed = 0;

async function connect(): Promise<HttpConnection[]> {
  const { server, caPem, token, by } = job;
  const connections: HttpConnection[] = [];
  for (let k = 0; k < job.connections; k++) {
    const connection = await HttpConnection.open({
      server,
      target: {
        server,
        caPem,
        insecure: false,
        credentials: staticCredentials({ authorization: `Bearer ${token}` }),
        impersonation: [],
        names: { source: "flag", paths: [] },
        ...(by === "fetch" ? { fetch } : {}),
      },
      http1: false,
      userAgent: "scaletool-bench",
      clock: new SystemClock(),
      requestTimeoutMs: 60_000,
    });
    await connection.call({ method: "GET", path: "/version" });
    connections.push(connection);
  }
  disableNagle({ remotePort: Number(new URL(server).port) });
  return connections;
}

async function timed(work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  try {
    await work();
    timesMs.push(performance.now() - startMs);
    operations++;
  } catch {
    failed++;
  }
}

async function writeAndDelete(name: string): Promise<void> {
  const object: KubeObject = { metadata: { name, namespace }, data: { value: VALUE } };
  await timed(() => cluster.create(CONFIG_MAPS, object));
  await timed(() => cluster.delete(CONFIG_MAPS, { name, namespace }));
}

/** So many at a time until all are done. */
async function inParallel(
  { workers, count }: { workers: number; count: number },
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    while (next < count) await work(next++);
  }));
}

const closed = (count: number, part: string) =>
  inParallel({ workers: WORKERS, count }, (k) => writeAndDelete(`${run}-${part}-${k}`));

async function open(count: number, part: string): Promise<void> {
  const startMs = performance.now();
  const all: Promise<void>[] = [];
  for (let k = 0; k < count; k++) {
    const waitMs = startMs + k * 1_000 / (job.perSec ?? 1) - performance.now();
    if (waitMs > 1) await delay(waitMs);
    all.push(writeAndDelete(`${run}-${part}-${k}`));
  }
  await Promise.all(all);
}

/** Whole bodies, unread: what they say costs the same either way. */
const lists = (count: number) =>
  inParallel({ workers: LISTERS, count }, async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await timed(() => cluster.connections[0]!.answer({ method: "GET", path }));
  });

/** Opens them, and lets the work go on while they are. */
async function watching(work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const opened = Array.from({ length: job.count }, () => Promise.withResolvers<void>());
  const watches = opened.map(async ({ resolve: onOpen }, k) => {
    const options = { namespace, signal: stop.signal, lane: k, onOpen };
    try {
      for await (const _event of cluster.watch(CONFIG_MAPS, options)) operations++;
    } catch (error) {
      if (!stop.signal.aborted) note(`a watch failed: ${error}`);
    }
    onOpen(); // or nobody ever would
  });
  await Promise.all(opened.map(({ promise }) => promise));
  await work();
  stop.abort();
  await Promise.all(watches);
}

async function measured(work: () => Promise<unknown>): Promise<TransportFigures> {
  timesMs.length = operations = failed = 0;
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startMs) / 1_000;
  const sorted = timesMs.toSorted((one, other) => one - other);
  return {
    operations,
    failed,
    seconds,
    cpuMs: (user + system) / 1_000,
    rssMiB: Deno.memoryUsage().rss / 2 ** 20,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? NaN,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
  };
}

async function figures(): Promise<TransportFigures> {
  const { scenario, count } = job;
  if (scenario === "watches") {
    let figures: TransportFigures | undefined;
    await watching(async () => void (figures = await measured(() => delay(WATCHING_MS))));
    return figures!;
  }
  if (scenario === "lists") {
    await lists(Math.ceil(count / 10));
    return await measured(() => lists(count));
  }
  await closed(WARM_UP, "warm");
  return await measured(() => scenario === "closed" ? closed(count, "load") : open(count, "load"));
}

const figuresLine = JSON.stringify(await figures());
Deno.stdout.writeSync(new TextEncoder().encode(figuresLine));
Deno.exit(0);
