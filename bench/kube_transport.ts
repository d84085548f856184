/**
 * What carries requests to an API server: our own HTTP/2 engine, and native `fetch`, in turn against
 * one apiserver with the same code above them. On two cores the server takes most of the CPU; what an
 * operation costs its sender is the figure to watch.
 * @module
 */

import { fileURLToPath } from "node:url";
import { columns, formatTable } from "../core/report/table.ts";
import {
  type KubeBench,
  loadAverage,
  median,
  noteAll,
  onControlPlane,
  runProgram,
} from "./kube_cluster.ts";
import type { TransportFigures, TransportJob } from "./kube_transport_client.ts";

const CLIENT = fileURLToPath(new URL("kube_transport_client.ts", import.meta.url));
const ROUNDS = 3;
const LIMIT_SEC = 120;
/** Together 1 MB, what one list answers with. */
const LISTED_OBJECTS = 10;
const LISTED_BYTES = 100_000;

type Load = Pick<TransportJob, "scenario" | "count" | "connections" | "perSec" | "namespace">;

const LOADS: Readonly<Record<string, Load>> = {
  "writes and deletes, 16 workers": {
    ...{ scenario: "closed", count: 2_000, connections: 4, namespace: "default" },
  },
  "the same, 300/s": {
    ...{ scenario: "open", count: 1_000, perSec: 150, connections: 4, namespace: "default" },
  },
  // An API server takes 100 at a time on each.
  "events on 90 watches, 1 connection": {
    ...{ scenario: "watches", count: 90, connections: 1, namespace: "watched" },
  },
  "events on 450 watches, 5 connections": {
    ...{ scenario: "watches", count: 450, connections: 5, namespace: "watched" },
  },
  "lists of 1 MB": { scenario: "lists", count: 400, connections: 1, namespace: "listed" },
};

/** What is written while watches are open: 20 events a second on each, for longer than they are. */
const WATCHED: Load = {
  ...{ scenario: "open", count: 120, perSec: 10, connections: 1, namespace: "watched" },
};

export async function kubeTransport(): Promise<Record<string, unknown>> {
  return await onControlPlane(async (bench) => {
    await prepare(bench);
    const loads: Record<string, unknown> = {};
    const rows: string[][] = [];
    for (const [name, load] of Object.entries(LOADS)) {
      const rounds = await alternated(bench, load);
      loads[name] = rounds;
      for (const by of ["engine", "fetch"] as const) rows.push(rowOf(name, by, rounds[by]));
    }
    const titles = columns("LOAD", "BY", ">CPU MS/OP", ">OPS/S", ">P50 MS", ">P99", ">RSS MIB");
    noteAll(formatTable(titles, rows));
    return { rounds: ROUNDS, loads, loadAverage: loadAverage() };
  });
}

type Rounds = Readonly<Record<TransportJob["by"], readonly TransportFigures[]>>;

/** Each in turn first, as what else the machine does changes from one round to the next. */
async function alternated(bench: KubeBench, load: Load): Promise<Rounds> {
  const rounds = { engine: [] as TransportFigures[], fetch: [] as TransportFigures[] };
  for (let round = 0; round < ROUNDS; round++) {
    const order = ["engine", "fetch"] as const;
    for (const by of round % 2 === 0 ? order : order.toReversed()) {
      const writing = load.scenario === "watches" ? client(bench, "engine", WATCHED) : undefined;
      rounds[by].push(await client(bench, by, load));
      await writing;
    }
  }
  return rounds;
}

async function client(
  { plane, dir }: KubeBench,
  by: TransportJob["by"],
  load: Load,
): Promise<TransportFigures> {
  const job: TransportJob = {
    by,
    server: plane.server,
    caPem: Deno.readTextFileSync(plane.caFile),
    token: plane.token("load"),
    ...load,
  };
  const line = [Deno.execPath(), "run", "-A", "--no-check", CLIENT, JSON.stringify(job)];
  const { stdout, stderr } = await runProgram(line, { cwd: dir.path, limitSec: LIMIT_SEC });
  const last = stdout.trim().split("\n").at(-1);
  if (!last) throw new Error(`${load.scenario} by ${by} left no figures: ${stderr}`);
  return JSON.parse(last);
}

async function prepare({ plane }: KubeBench): Promise<void> {
  for (const name of ["watched", "listed"]) {
    await plane.admin("/api/v1/namespaces", { method: "POST", body: { metadata: { name } } });
  }
  for (let k = 0; k < LISTED_OBJECTS; k++) {
    await plane.admin("/api/v1/namespaces/listed/configmaps", {
      method: "POST",
      body: { metadata: { name: `listed-${k}` }, data: { value: "x".repeat(LISTED_BYTES) } },
    });
  }
}

function rowOf(name: string, by: string, rounds: readonly TransportFigures[]): string[] {
  const of = (figure: (one: TransportFigures) => number) => median(rounds.map(figure));
  return [
    name,
    by,
    of(({ cpuMs, operations }) => cpuMs / operations).toFixed(3),
    of(({ operations, seconds }) => operations / seconds).toFixed(0),
    of(({ p50Ms }) => p50Ms ?? NaN).toFixed(1),
    of(({ p99Ms }) => p99Ms ?? NaN).toFixed(1),
    of(({ rssMiB }) => rssMiB).toFixed(0),
  ];
}
