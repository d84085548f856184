/**
 * Do 2,000 HTTP/2 connections, opened and closed, and 200,000 streams of theirs leave anything? Both
 * ends of ours in one process over TLS, 50 connections at a time, every fourth stream cancelled.
 * @module
 */

import { fileURLToPath } from "node:url";
import { columns, formatTable } from "../core/report/table.ts";
import type { SoakRound } from "../tests/support/h2_soak.ts";
import { note } from "./note.ts";

const PROGRAM = fileURLToPath(new URL("../tests/support/h2_soak.ts", import.meta.url));
const [ROUNDS, CONNECTIONS, STREAMS] = [40, 50, 100];
const EVERY = 5;

export async function h2Soak(): Promise<Record<string, unknown>> {
  const sizes = [ROUNDS, CONNECTIONS, STREAMS].map(String);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", PROGRAM, ...sizes],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`the soak ended with ${code}`);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  const rounds: SoakRound[] = lines.map((line) => JSON.parse(line));
  const shown = rounds.flatMap((round, at) => (at + 1) % EVERY === 0 ? [rowOf(round, at + 1)] : []);
  for (const line of formatTable(columns(">STREAMS", ">FDS", ">HEAP MB", ">RSS MB"), shown)) {
    note(line);
  }
  return { connectionsOfARound: CONNECTIONS, streamsOfAConnection: STREAMS, rounds };
}

function rowOf({ descriptors, heapBytes, rssBytes }: SoakRound, round: number): string[] {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const streams = round * CONNECTIONS * STREAMS;
  return [String(streams), String(descriptors), megabytes(heapBytes), megabytes(rssBytes)];
}
