/**
 * The tables of the report: one row a connection, one a type of frame. Measures nothing.
 * @module
 */

import { DIRECTIONS, type FactCounts } from "../core/h2/facts_growth.ts";
import type { TableSpec } from "../core/judge/table_spec.ts";
import type { ToldTable } from "../core/run_log/told_table.ts";
import type { ConnectionRow } from "./watched_connection.ts";

/** Rows of a table, of however many connections there are. */
export const MOST_ROWS = 16;

export type ConnectionRole = "client" | "server";

/** Instead of twenty lines in the list of counters. */
export const FRAMES_TABLE: TableSpec = {
  title: "HTTP/2 frames",
  rows: { by: "tag", tag: "type", isOnlyHere: true },
  columns: (["client", "server"] as const).flatMap((role) =>
    DIRECTIONS.map((direction) => ({
      title: `${role} ${direction}`,
      figure: `h2Frames{role=${role},direction=${direction}}.total`,
      isOptional: true,
    }))
  ),
};

interface Column {
  readonly title: string;
  readonly meaning: string;
  readonly unit: ToldTable["columns"][number]["unit"];
  readonly of: (row: ConnectionRow) => number | string | null;
}

const COLUMNS: readonly Column[] = [
  { title: "protocol", meaning: "as agreed (ALPN)", unit: "text", of: ({ protocol }) => protocol },
  {
    title: "reopened",
    meaning: "times that it was opened again",
    unit: "none",
    of: ({ openedCount }) => openedCount - 1,
  },
  {
    title: "TCP",
    meaning: "to connect, before TLS",
    unit: "ms",
    of: ({ tcpMs }) => tcpMs ?? null,
  },
  { title: "TLS", meaning: "handshake", unit: "ms", of: ({ tlsMs }) => tlsMs ?? null },
  { title: "mean PING", meaning: "mean round trip of a PING", unit: "ms", of: meanPingMs },
  {
    title: "longest PING",
    meaning: "longest round trip of a PING",
    unit: "ms",
    of: ({ pings }) => pings.count === 0 ? null : pings.mostMs,
  },
  {
    title: "received",
    meaning: "bytes of frames, without TLS",
    unit: "bytes",
    of: ofH2(({ received }) => received.bytes),
  },
  {
    title: "sent",
    meaning: "bytes of frames, without TLS",
    unit: "bytes",
    of: ofH2(({ sent }) => sent.bytes),
  },
  {
    title: "no window",
    meaning:
      "time in which the connection's window at the other end had no room for what was ready",
    unit: "ms",
    of: ofH2(({ connectionWindow }) => connectionWindow.totalMs),
  },
  {
    title: "no stream window",
    meaning: "the same of the windows of its streams, each of them counted",
    unit: "ms",
    of: ofH2(({ streamWindow }) => streamWindow.totalMs),
  },
  {
    title: "no stream",
    meaning:
      "time in which requests waited, each of them counted, as all streams that the other end allows were open",
    unit: "ms",
    of: ofH2(({ streamLimit }) => streamLimit.totalMs),
  },
  {
    title: "streams",
    meaning: "most that were open at once",
    unit: "none",
    of: ({ isH2, mostOpenStreams }) => isH2 ? mostOpenStreams : null,
  },
  {
    title: "resets",
    meaning: "RST_STREAM frames of the other end",
    unit: "none",
    of: ofH2(({ received }) => total(received.resets)),
  },
  {
    title: "GOAWAY",
    meaning: "codes that the other end gave",
    unit: "text",
    of: ofH2(({ received }) => [...received.goAways.keys()].join(",")),
  },
];

/** Nothing, where the protocol shows nothing: 0 would be an answer. */
function ofH2(of: (counts: FactCounts) => number | string): Column["of"] {
  return ({ isH2, counts }) => isH2 ? of(counts) : null;
}

/** @param count of all connections, with those that have no row any more */
export function connectionTable(
  role: ConnectionRole,
  { rows, count }: { rows: readonly ConnectionRow[]; count: number },
): ToldTable {
  return {
    title: `Connections of the ${role}`,
    rowTitle: "connection",
    order: rows.some(({ pings }) => pings.count > 0)
      ? "those with the longest round trips of PINGs"
      : "those that waited longest for windows of the other end, then those with the most bytes",
    columns: COLUMNS.map(({ title, meaning, unit }) => ({ title, meaning, unit })),
    rows: slowest(rows).map((row) => ({
      name: row.name,
      rank: rankOf(row),
      cells: COLUMNS.map(({ of }) => of(row)),
    })),
    mostRows: MOST_ROWS,
    count,
  };
}

/** As many as a table has. */
export function slowest(rows: readonly ConnectionRow[]): ConnectionRow[] {
  return [...rows].sort((one, other) =>
    rankOf(other) - rankOf(one) || bytesOf(other) - bytesOf(one)
  ).slice(0, MOST_ROWS);
}

/** By the path and the other end's reading of it; where no PINGs are sent, by what stood still. */
function rankOf(row: ConnectionRow): number {
  const { connectionWindow, streamWindow } = row.counts;
  return meanPingMs(row) ?? connectionWindow.totalMs + streamWindow.totalMs;
}

function bytesOf({ counts: { sent, received } }: ConnectionRow): number {
  return sent.bytes + received.bytes;
}

function meanPingMs({ pings }: ConnectionRow): number | null {
  return pings.count === 0 ? null : pings.sumMs / pings.count;
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
